//! The conversation with one client, on the connection's thread.

pub(crate) mod calls;
pub(crate) mod conversation;
mod dispatch;
mod opened;
mod play;
pub(crate) mod shared;

pub(crate) use opened::Opened;
