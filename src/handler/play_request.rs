//! What a client's play command asked for.

use std::time::Duration;

pub use crate::protocol::session::PlayFrom;

/// What a client's play command asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayRequest {
    /// The name, as the client sent it: prefix, extension and query included.
    pub stream_name: String,
    /// Where to begin.
    pub from: PlayFrom,
    /// How much to play; none: all.
    pub duration: Option<Duration>,
    /// Whether this play replaces what is playing (true, the default) or is appended to it.
    pub reset: bool,
}

impl Default for PlayRequest {
    fn default() -> Self {
        Self { stream_name: String::new(), from: PlayFrom::Any, duration: None, reset: true }
    }
}
