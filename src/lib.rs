//! A blocking, thread-per-connection RTMP server to embed in synchronous applications.

pub mod media;
pub mod protocol;
pub mod vod;
