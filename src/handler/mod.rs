//! The API of the SDK: the handler traits ([`events`]), and the [`Connection`] and [`Stream`] that
//! handlers are given.
//!
//! The names are those of the SDK. Nothing here knows a socket or a thread. The server calls the
//! handlers, and is called back through [`backend`].

mod at_rest;
pub(crate) mod backend;
mod call;
mod call_error;
#[cfg(feature = "web")]
mod capture;
mod codec_slot;
mod connection;
mod connection_handle;
mod connection_state;
mod deferred_reply;
mod error;
mod events;
mod figures;
mod frame_out;
mod media_out;
mod peer_address;
mod play_out;
mod play_request;
mod properties;
mod publish_request;
mod quality;
mod slot;
mod statistics;
mod stream;
mod stream_handle;
mod stream_handlers;
mod video_codec;
mod video_payload;

pub use call_error::CallError;
pub use connection::Connection;
pub use connection_handle::ConnectionHandle;
pub use deferred_reply::DeferredReply;
pub use error::{HandlerError, HandlerResult, Refusal};
pub use events::{
    CallEventHandler, ConnectEventHandler, FrameEventHandler, PauseEventHandler, PlayEventHandler,
    PublishEventHandler, RenderEventHandler, SeekEventHandler, StreamEventHandler,
};
pub use figures::{ConnectionFigures, LoopFigures, ServerFigures, StreamFigures};
pub use frame_out::FrameOut;
pub use media_out::MediaOut;
pub use peer_address::PeerAddress;
pub use play_out::PlayOut;
pub use play_request::{PlayFrom, PlayRequest, Transition};
pub use properties::PropertyError;
pub use publish_request::{PublishKind, PublishRequest};
pub use quality::AdaptiveQuality;
pub use statistics::Statistics;
pub use stream::Stream;
pub use stream_handle::StreamHandle;
pub use video_codec::VideoCodec;
pub use video_payload::VideoPayload;

pub(crate) use at_rest::STILL_AFTER;
pub(crate) use call::{Failure, InsideHandler, call, call_shared, guard};
pub(crate) use codec_slot::CodecSlot;
pub(crate) use frame_out::Begun;
pub(crate) use quality::{Steered, SteeredCodec};
pub(crate) use slot::Slot;
