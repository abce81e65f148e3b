//! RTMP and its companions without input or output: bytes and instants in, bytes and events out.
//!
//! Nothing in here opens a socket, starts a thread, reads a clock or draws a random number. Callers
//! pass in what they read. A peer's bytes never cause a panic, never allocate memory for bytes that
//! have not arrived, and never cost more than linear time.
//!
//! Not covered by semantic versioning: applications should use [`crate::Server`].
#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test may fail by panicking"
    )
)]

mod acknowledgement;
pub mod amf;
pub(crate) mod buffers;
mod capabilities;
mod carrier;
pub mod chunk;
pub mod client_session;
pub(crate) mod deadline;
pub(crate) mod detect;
mod few_map;
pub mod handshake;
#[cfg(any(feature = "tunnel", feature = "web"))]
pub mod http;
#[cfg(feature = "web")]
pub mod json;
pub mod message;
mod peer;
mod play_from;
pub mod proxy;
mod publish_kind;
pub mod server_session;
pub(crate) mod sorted_map;
#[cfg(feature = "tunnel")]
pub mod tunnel;
mod units;
pub mod url;
#[cfg(feature = "web")]
pub mod web_session;
#[cfg(feature = "web")]
pub mod websocket;
pub mod wire;

pub use capabilities::Capabilities;
pub use carrier::Carrier;
pub use play_from::PlayFrom;
pub use publish_kind::PublishKind;
pub use units::{ChunkStreamId, MessageStreamId, Timestamp};
