//! From media to bytes on their way to a client.

pub(crate) mod connection_sender;
mod filter;
#[cfg(feature = "web")]
mod opening;
pub(crate) mod outqueue;
mod rate_limit;
pub(crate) mod stream_sender;
mod unsent_limit;
pub(crate) mod write_queue;
