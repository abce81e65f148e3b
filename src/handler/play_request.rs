//! What a client's play command asks for.

use std::time::Duration;

pub use crate::protocol::PlayFrom;

/// What a client's play command asks for.
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::{PlayFrom, PlayRequest};
///
/// fn start(request: &PlayRequest) -> Duration {
///     match request.from {
///         PlayFrom::At(position) => position,
///         _ => Duration::ZERO,
///     }
/// }
/// assert_eq!(start(&PlayRequest::default()), Duration::ZERO);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PlayRequest {
    /// The name as the client sent it, with prefix, extension and query.
    pub stream_name: String,
    /// Where to begin.
    pub from: PlayFrom,
    /// How much to play. `None` means all.
    pub duration: Option<Duration>,
    /// Whether this play replaces what is playing (`true`, the default) or is appended to it. The
    /// server keeps no playlist: it replaces, unless the application
    /// [accepts](crate::PlayEventHandler::transition) the append.
    pub reset: bool,
}

/// How a play joins what is playing, instead of replacing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transition {
    /// Plays once everything before it has ended: `play` with `reset` false, or `play2` with the
    /// transition `append` or `appendAndWait`.
    Append,
    /// Replaces what is playing without a break, by another rendition of it: `play2` with the
    /// transition `switch` or `swap`, or without one (RTMP 1.0 §7.2.2.2).
    Switch,
}

impl Default for PlayRequest {
    fn default() -> Self {
        Self { stream_name: String::new(), from: PlayFrom::Any, duration: None, reset: true }
    }
}
