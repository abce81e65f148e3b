//! A blocking, thread-per-connection RTMP server to embed in synchronous applications.

pub mod client;
mod handler;
pub mod media;
pub mod protocol;
mod server;
mod transport;
pub mod vod;

pub use handler::{
    CallError, CallEventHandler, ConnectEventHandler, Connection, ConnectionHandle,
    FrameEventHandler, FrameOut, HandlerError, HandlerResult, PauseEventHandler, PlayEventHandler,
    PlayFrom, PlayRequest, PropertyError, Refusal, RenderEventHandler, SeekEventHandler,
    Statistics, Stream, StreamEventHandler, Transition,
};
pub use protocol::amf;
pub use server::{Error, HandlerId, Server, ServerConfig};
