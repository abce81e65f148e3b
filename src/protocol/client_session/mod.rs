//! The client's side of an RTMP connection (RTMP 1.0 §7): it plays or publishes streams.
//!
//! # The run loop
//!
//! A session does no input or output and reads no clock. Its driver repeats three steps:
//!
//! 1. **Drain**: send all that [`ClientSession::take_output`] returns. C0 and C1 are there from the
//!    start.
//! 2. **Wait** for bytes of the server, at most until [`ClientSession::deadline`].
//! 3. **Read**: if bytes came, call [`ClientSession::read`] until it returns `None`, and act on
//!    each event. [`Event::Connected`] asks for [`ClientSession::create_stream`], and
//!    [`Event::StreamCreated`] for [`ClientSession::play`]. If the deadline passed, call
//!    [`ClientSession::handle_timeout`].
//!
//! Every call of step 3 may leave output, so step 1 must follow before the next wait. The way
//! a server's bytes are cut into calls changes neither events nor output.

mod config;
mod error;
mod event;
mod pending;
mod publish;
mod request;
mod session;
#[cfg(test)]
mod tests;
mod transaction;

pub use config::{Config, DEFAULT_FLASH_VERSION, DEFAULT_REPLY_TIMEOUT};
pub use error::{Error, TooLong};
pub use event::Event;
pub use session::ClientSession;
pub use transaction::TransactionId;
