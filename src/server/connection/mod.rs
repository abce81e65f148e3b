//! The conversation with one client, on the thread of its connection (`rtmp-conn-N`).
//!
//! `conversation` reads, `dispatch` hands each request to one of the files below it, and those call
//! the handlers of the application and answer. All of them work on a `Client`.

mod client;
mod client_call;
mod connect;
pub(crate) mod conversation;
mod deferrals;
mod dialect;
mod dispatch;
mod ended;
mod pending_calls;
#[cfg(feature = "web")]
mod picture;
mod play;
mod publish;
mod read_pause;
mod session;
mod shared;
mod streams;
mod verdict;

pub(crate) use conversation::Opened;
pub(crate) use session::Spoken;
