//! A blocking player: connects to an RTMP URL and hands over what is played there, tag by tag.
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
mod kept;
mod options;
mod player;
#[cfg(test)]
mod tests;
mod url;

pub use error::{Error, Wait};
pub use options::{
    DEFAULT_BUFFER_LENGTH, DEFAULT_CONNECT_TIMEOUT, DEFAULT_KEPT_BYTES, DEFAULT_SILENCE_TIMEOUT,
    Options,
};
pub use player::Player;
pub use url::{DEFAULT_PORT, Url, UrlError};
