//! The server's side of an RTMP connection (RTMP 1.0 §7), from the handshake's first byte to the
//! last command.
//!
//! # The run loop
//!
//! A session does no input or output and reads no clock. Its driver repeats three steps:
//!
//! 1. **Wait** for bytes of the peer, at most until [`ServerSession::deadline`].
//! 2. **Read**: if bytes came, call [`ServerSession::read`] until it returns `None`. Answer each
//!    event that wants an answer before the next call. If the deadline passed, call
//!    [`ServerSession::handle_timeout`].
//! 3. **Drain**: send all that [`ServerSession::take_output`] returns before step 1.
//!
//! Step 2 keeps answers in the order of their requests, even if a peer sends `connect`,
//! `createStream` and `play` at once. Step 3 bounds the output of a peer that sends requests but
//! reads no answers. The way a peer's bytes are cut into calls changes neither events nor output.

mod call;
mod commands;
mod config;
mod error;
mod event;
mod ignored;
mod keepalive;
mod play;
mod publish;
mod published_data;
mod replies;
mod session;
mod streams;
#[cfg(test)]
mod tests;

pub use crate::protocol::message::ObjectEncoding;
pub use call::{Call, CallReply, DefaultAnswer, default_answer};
pub use config::Config;
pub use error::{Error, Timeout};
pub use event::{Connect, Event};
pub use ignored::Ignored;
#[cfg(feature = "web")]
pub(in crate::protocol) use keepalive::Keepalive;
pub use play::{Play, Play2, PlayStart};
pub use publish::Publish;
pub use session::ServerSession;
pub use streams::CreateStream;
