//! The face of the SDK: one handler trait a file, and the [`Connection`] and [`Stream`] handles
//! that handlers are given.
//!
//! Everything in here is said in the SDK's words; nothing in here knows a socket or a thread. The
//! server calls in, and is called back through [`backend`].

pub(crate) mod backend;
mod call_error;
mod call_event;
mod connect_event;
mod connection;
mod connection_handle;
mod error;
mod frame_event;
mod frame_out;
pub(crate) mod guarded;
mod pause_event;
mod peer_address;
mod play_event;
mod play_request;
mod properties;
mod render_event;
mod seek_event;
mod slot;
mod statistics;
mod stream;
mod stream_event;
mod transition;
mod video_codec;
mod video_payload;

pub use call_error::CallError;
pub use call_event::CallEventHandler;
pub use connect_event::ConnectEventHandler;
pub use connection::Connection;
pub use connection_handle::ConnectionHandle;
pub use error::{HandlerError, HandlerResult, Refusal};
pub use frame_event::FrameEventHandler;
pub use frame_out::FrameOut;
pub use pause_event::PauseEventHandler;
pub use peer_address::PeerAddress;
pub use play_event::PlayEventHandler;
pub use play_request::{PlayFrom, PlayRequest};
pub use properties::PropertyError;
pub use render_event::RenderEventHandler;
pub use seek_event::SeekEventHandler;
pub use statistics::Statistics;
pub use stream::Stream;
pub use stream_event::StreamEventHandler;
pub use transition::Transition;
pub use video_codec::VideoCodec;
pub use video_payload::VideoPayload;

pub(crate) use frame_out::Begun;
pub(crate) use guarded::guarded;
pub(crate) use slot::Slot;
pub(crate) use video_codec::CodecSlot;
