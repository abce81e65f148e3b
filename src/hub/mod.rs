//! One source of media, any number of subscribers: who is sent what, and with which timestamps.
//!
//! There are no sockets in here. A source hands over frames, and each subscriber is handed what it
//! needs to decode them. The source's thread does that, or a thread of the stream: frames may wait
//! for others, and many subscribers take longer than a source should be held up.

mod beginners;
mod config;
mod distribution;
mod fan_out_thread;
mod fitting;
mod frame;
mod gop_cache;
mod held_bytes;
mod key_frame_requests;
mod line;
mod live_stream;
mod pending;
mod picture_rhythm;
mod send_queue;
mod source_thread;
mod spread;
mod state;
#[cfg(feature = "web")]
mod still;
mod stream_headers;
mod subscriber;
mod subscribers;
mod timeline;

pub use config::LiveStreamConfig;
pub use live_stream::LiveStream;
pub use subscriber::End;
pub use timeline::Replay;

pub(crate) use frame::{Frame, Frames};
pub(crate) use held_bytes::{HeldPart, bytes_of};
pub(crate) use line::{Line, LineMeter};
#[cfg(feature = "web")]
pub(crate) use live_stream::Rendered;
pub(crate) use source_thread::SourceThread;
#[cfg(feature = "web")]
pub(crate) use still::{CanvasSource, NoPicture, PERIOD, Patience, Still};
pub(crate) use stream_headers::StreamHeaders;
pub(crate) use subscriber::{Reception, Subscriber, SubscriptionId};
