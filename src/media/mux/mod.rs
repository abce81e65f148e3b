//! From tags to the bytes that are sent.

mod format;
mod messages;

pub(crate) use format::{Format, TrackSupport};
pub(crate) use messages::{Messages, MessagesBuilder};
