//! What a client's play command asked for.

use std::time::Duration;

pub use crate::protocol::PlayFrom;

/// What a client's play command asked for.
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
    /// The name, as the client sent it: prefix, extension and query included.
    pub stream_name: String,
    /// Where to begin.
    pub from: PlayFrom,
    /// How much to play; none: all.
    pub duration: Option<Duration>,
    /// Whether this play is to replace what is playing (true, the default) or to be appended to it.
    /// The server keeps no playlist and replaces in both cases; the application may know better.
    pub reset: bool,
}

impl Default for PlayRequest {
    fn default() -> Self {
        Self { stream_name: String::new(), from: PlayFrom::Any, duration: None, reset: true }
    }
}
