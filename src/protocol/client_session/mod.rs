//! A player's side of an RTMP connection (RTMP 1.0 §7), without input or output.
//!
//! The run loop of whoever drives it:
//!
//! 1. Send what [`ClientSession::take_output`] holds: C0 and C1 are there from the start.
//! 2. Feed what arrives to [`ClientSession::read`], again and again until it returns no event.
//! 3. Act on the events: [`Event::Connected`] asks for [`ClientSession::create_stream`],
//!    [`Event::StreamCreated`] for [`ClientSession::play`]; then [`Event::Media`] flows.
//! 4. At [`ClientSession::deadline`] at the latest, call [`ClientSession::handle_timeout`].
//! 5. Go on at 1.

mod error;
mod event;
mod pending;
mod request;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod transaction;

pub use error::Error;
pub use event::Event;
pub use session::ClientSession;
pub use settings::{DEFAULT_FLASH_VERSION, DEFAULT_REPLY_TIMEOUT, Settings};
pub use transaction::TransactionId;
