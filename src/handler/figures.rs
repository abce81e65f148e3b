//! Figures as typed snapshots. [`Statistics`](crate::Statistics) has the same by name.

use std::time::Duration;

use crate::media::MediaDescription;

/// The figures of a server, from [`Server::figures`](crate::Server::figures).
///
/// ```
/// use rendercast::{Server, ServerConfig};
///
/// let figures = Server::new(ServerConfig::default()).figures();
/// assert_eq!((figures.connections, figures.bytes_out), (0, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ServerFigures {
    /// The time since the server was made.
    pub uptime: Duration,
    /// The connections that are open now, tunnels and their HTTP connections among them.
    pub connections: u64,
    /// The connections that were ever opened.
    pub connections_in_all: u64,
    /// The connections that were refused because of a limit.
    pub connections_refused: u64,
    /// The connections that were closed because all together held too much memory.
    pub connections_evicted: u64,
    /// The bytes that the buffers of all connections hold now, as
    /// [`ConnectionLimits::memory_bytes`](crate::config::ConnectionLimits::memory_bytes) counts
    /// them.
    pub buffered_bytes: u64,
    /// The still pictures that were ever encoded. A picture may serve many clients.
    pub pictures_encoded: u64,
    /// The RTMPT tunnels that are open now.
    pub tunnels: u64,
    /// The bytes that were ever received.
    pub bytes_in: u64,
    /// The bytes that were ever sent.
    pub bytes_out: u64,
    /// The messages that were ever left out, because a client did not keep up.
    pub dropped_frames: u64,
}

/// The figures of a connection, from [`Connection::figures`](crate::Connection::figures).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ConnectionFigures {
    /// The time since the connection was opened.
    pub uptime: Duration,
    /// The bytes that were received.
    pub bytes_in: u64,
    /// The bytes that were sent.
    pub bytes_out: u64,
    /// The messages that were received.
    pub messages_in: u64,
    /// The messages that were sent.
    pub messages_out: u64,
    /// The bytes that the client has acknowledged.
    pub bytes_acknowledged: u64,
    /// The calls that the client made.
    pub calls_in: u64,
    /// The calls to the client that wait for an answer now.
    pub calls_in_flight: u64,
    /// The messages that were left out, because the client did not keep up.
    pub dropped_frames: u64,
    /// The entries in the outqueues of all streams now.
    pub outqueue_depth: u64,
    /// Whether the socket takes no more bytes now.
    pub is_congested: bool,
}

/// The figures of a stream, from [`Stream::figures`](crate::Stream::figures).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct StreamFigures {
    /// The rate of the render loop and the frame loop, per second.
    pub render_rate: f64,
    /// Whether the stream plays now.
    pub is_playing: bool,
    /// Whether the client publishes on the stream now.
    pub is_publishing: bool,
    /// What the [`LiveStream`](crate::LiveStream) carries that the stream shows or feeds.
    pub media: MediaDescription,
    /// The timestamps of that live stream that were changed, because they went back or jumped.
    pub repaired_timestamps: u64,
    /// The bytes of the file that plays that are skipped because they are damaged
    /// ([`Film::skipped`](crate::media::Film::skipped)), as far as the file has been read.
    pub skipped_bytes: u64,
    /// The time on the stream's clock.
    pub clock: Duration,
    /// The media messages that were sent or queued.
    pub messages_sent: u64,
    /// The bytes of those messages.
    pub bytes_sent: u64,
    /// The messages that were left out, because the client did not keep up.
    pub dropped_frames: u64,
    /// The entries in the outqueue now.
    pub outqueue_depth: u64,
    /// The bytes in the outqueue now.
    pub outqueue_bytes: u64,
}

/// The figures of a shared loop, from [`RenderLoop::figures`](crate::RenderLoop::figures).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LoopFigures {
    /// The streams that show the loop now.
    pub viewers: u64,
    /// The rate of the loop, in frames per second.
    pub rate: f64,
    /// The pictures that were rendered.
    pub renders: u64,
    /// The frames that were made.
    pub frames: u64,
    /// The frames among them that showed the last picture again.
    pub repeated_frames: u64,
    /// The frames that were left out, because they would have been late at a viewer
    /// ([`AdaptiveQuality`](crate::AdaptiveQuality)).
    pub late_frames: u64,
    /// The key frames that were asked for.
    pub key_frames_asked_for: u64,
    /// The [commands](crate::LoopCommands) that have run, each list counted once.
    pub commands: u64,
}
