//! A blocking client: plays a stream from an RTMP URL, and calls procedures of its server.
//!
//! [`Player`] plays a stream tag by tag. [`Connection`] has no stream, and is for calls alone. Both
//! connect to `rtmp://` URLs, and with the feature `tls` to `rtmps://` URLs. [`Config`] has their
//! settings.
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

mod config;
mod connect;
mod connection;
mod error;
mod kept_events;
mod player;
#[cfg(test)]
mod tests;

pub use crate::protocol::url::{DEFAULT_PORT, Scheme, Url, UrlError};
pub use config::{
    Config, DEFAULT_BUFFER_LENGTH, DEFAULT_CONNECT_TIMEOUT, DEFAULT_KEPT_BYTES,
    DEFAULT_SILENCE_TIMEOUT,
};
pub use connection::Connection;
pub use error::{Error, Wait};
pub use player::Player;
