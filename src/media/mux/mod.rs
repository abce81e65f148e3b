//! From tags to the bytes that are sent.

#[cfg(feature = "web")]
mod flv;
mod format;
mod messages;
#[cfg(feature = "web")]
mod plain;

#[cfg(feature = "web")]
pub(crate) use flv::{FlvFormat, Framing};
pub(crate) use format::{Format, TrackSupport};
pub(crate) use messages::{Messages, MessagesBuilder};
#[cfg(feature = "web")]
pub(crate) use plain::{Player, plain, unknown_codec};
