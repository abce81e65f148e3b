//! A server's side of an RTMP connection (RTMP 1.0 §7): from the first byte of the handshake to the
//! last command.
//!
//! A session does no input or output and reads no clock. Whoever drives it repeats:
//!
//! 1. wait for bytes of the peer, but no longer than until [`ServerSession::deadline`];
//! 2. bytes came: call [`ServerSession::read`] until it returns `None`, and answer each event
//!    (where it wants an answer) before the next call; the time came:
//!    [`ServerSession::handle_timeout`];
//! 3. send what [`ServerSession::take_output`] returns, and all of it before reading on: this is
//!    what bounds the output of a peer that asks and asks but does not read.
//!
//! Because `read` stops at each event, answers keep the order of the requests even where a peer
//! sends `connect`, `createStream` and `play` in one go. How its bytes are cut into calls changes
//! neither the events nor the output.

mod call;
mod commands;
mod config;
mod connect;
mod dispatch;
mod error;
mod event;
mod ignored;
mod keepalive;
mod play;
mod publish;
mod replies;
mod server;
mod streams;
#[cfg(test)]
mod tests;

pub use crate::protocol::message::ObjectEncoding;
pub use call::{Call, CallReply, DefaultAnswer, default_answer};
pub use config::Config;
pub use connect::Connect;
pub use error::{Error, Timeout};
pub use event::Event;
pub use ignored::Ignored;
pub use play::{Play, Play2, PlayStart};
pub use publish::{Publish, PublishKind};
pub use server::ServerSession;
pub use streams::CreateStream;
