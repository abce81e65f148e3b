//! A blocking client: plays what is at an RTMP URL, tag by tag, and calls procedures of its server.
//!
//! ```no_run
//! use rendercast::client::Player;
//!
//! for tag in Player::open("rtmp://localhost/live/scene")? {
//!     let tag = tag?;
//!     println!("{:?} at {}: {} bytes", tag.kind, tag.timestamp, tag.payload.len());
//! }
//! # Ok::<(), rendercast::client::Error>(())
//! ```

mod error;
mod net_connection;
mod options;
mod player;
#[cfg(test)]
mod tests;

pub use crate::protocol::url::{DEFAULT_PORT, Scheme, Url, UrlError};
pub use error::{Error, Wait};
pub use net_connection::NetConnection;
pub use options::{
    DEFAULT_BUFFER_LENGTH, DEFAULT_CONNECT_TIMEOUT, DEFAULT_SILENCE_TIMEOUT, DEFAULT_WAITING_BYTES,
    Options,
};
pub use player::Player;
