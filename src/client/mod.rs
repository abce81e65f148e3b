//! A blocking client: plays a stream of an RTMP server, or publishes one, and calls procedures.
//!
//! [`Player`] plays a stream tag by tag, and [`Publisher`] publishes one. [`Connection`] has no
//! stream, and is for calls alone. All connect to `rtmp://` URLs, with the feature `tls` to
//! `rtmps://` URLs, and with the feature `tunnel` to `rtmpt://` URLs. [`Config`] has their
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
mod moves;
mod player;
mod publisher;
mod silence;
#[cfg(test)]
mod tests;

pub use crate::protocol::client_session::{Event, TransactionId};
pub use crate::protocol::message::Status;
pub use crate::protocol::url::{DEFAULT_PORT, Scheme, Url, UrlError};
pub use config::{
    Config, DEFAULT_BUFFER_LENGTH, DEFAULT_CONNECT_TIMEOUT, DEFAULT_KEPT_BYTES,
    DEFAULT_SILENCE_TIMEOUT,
};
pub use connection::Connection;
pub use error::{Error, Wait};
pub use player::Player;
pub use publisher::Publisher;
