//! What a client's play command asked for.

use std::time::Duration;

use crate::protocol::Timestamp;

/// Where a client wants to begin (RTMP 1.0 §7.2.2.1, in milliseconds as ffmpeg, librtmp and Flash
/// send it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlayFrom {
    /// The live stream of that name, or else the recorded one: -2 and below.
    #[default]
    Any,
    /// A live stream only: -1.
    Live,
    /// A recorded stream, at this position.
    At(Timestamp),
}

/// What a client's play command asked for.
#[derive(Clone, Debug, Default, PartialEq)]
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
