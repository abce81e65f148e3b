//! One source of media, any number of subscribers: who is sent what, and with which timestamps.
//!
//! There are no threads, sockets or clocks in here. A source hands over frames, and each subscriber
//! is handed what it needs to decode them.

mod config;
mod frame;
mod gop_cache;
mod key_frame_requests;
mod live_stream;
mod stream_headers;
mod subscriber;
mod subscribers;
mod timeline;

pub use config::LiveStreamConfig;
pub use live_stream::LiveStream;
pub use subscriber::End;
pub use timeline::Replay;

pub(crate) use frame::{Frame, Frames};
pub(crate) use stream_headers::StreamHeaders;
pub(crate) use subscriber::{Reception, Subscriber, SubscriptionId};
