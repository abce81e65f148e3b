//! A blocking, thread-per-connection RTMP server to embed in synchronous applications.

pub mod client;
pub mod media;
pub mod protocol;
