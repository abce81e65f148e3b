//! Figures by name, to iterate over and to print.

use std::fmt;

use super::figures::{ConnectionFigures, LoopFigures, ServerFigures, StreamFigures};
use crate::media::MediaDescription;
use crate::protocol::amf::{Object, Value};

/// Figures by name, in an order made for reading. As a [`Value`] they are the answer to a remote
/// procedure call.
///
/// The typed snapshots, such as [`ServerFigures`], can be made into it.
///
/// ```
/// use rendercast::{Server, ServerConfig};
///
/// let statistics = Server::new(ServerConfig::default()).statistics();
/// println!("{statistics}");
/// for (name, figure) in statistics.iter() {
///     println!("{name} is {figure}");
/// }
/// assert_eq!(statistics.get("connections"), Some(&0.into()));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics(Object);

impl Statistics {
    /// Adds a figure at the end.
    pub(crate) fn with(self, name: &str, figure: impl Into<Value>) -> Self {
        Self(self.0.with(name, figure))
    }

    fn with_count(self, name: &str, count: u64) -> Self {
        // AMF0 has only doubles.
        self.with(name, count as f64)
    }

    /// Adds all figures of `other` at the end.
    pub(crate) fn and(mut self, other: impl Into<Self>) -> Self {
        for (name, figure) in other.into().iter() {
            self.0.push(name, figure.clone());
        }
        self
    }

    /// Returns all figures in order. Numbers count bytes, messages or seconds as their names say.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter()
    }

    /// Returns the figure of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl From<ServerFigures> for Statistics {
    fn from(figures: ServerFigures) -> Self {
        Self::default()
            .with("uptime_seconds", figures.uptime.as_secs_f64())
            .with_count("connections", figures.connections)
            .with_count("connections_in_all", figures.connections_in_all)
            .with_count("connections_refused", figures.connections_refused)
            .with_count("connections_evicted", figures.connections_evicted)
            .with_count("buffered_bytes", figures.buffered_bytes)
            .with_count("pictures_encoded", figures.pictures_encoded)
            .with_count("tunnels", figures.tunnels)
            .with_count("bytes_in", figures.bytes_in)
            .with_count("bytes_out", figures.bytes_out)
            .with_count("dropped_frames", figures.dropped_frames)
    }
}

impl From<ConnectionFigures> for Statistics {
    fn from(figures: ConnectionFigures) -> Self {
        Self::default()
            .with("uptime_seconds", figures.uptime.as_secs_f64())
            .with_count("bytes_in", figures.bytes_in)
            .with_count("bytes_out", figures.bytes_out)
            .with_count("messages_in", figures.messages_in)
            .with_count("messages_out", figures.messages_out)
            .with_count("bytes_acknowledged", figures.bytes_acknowledged)
            .with_count("calls_in", figures.calls_in)
            .with_count("calls_in_flight", figures.calls_in_flight)
            .with_count("dropped_frames", figures.dropped_frames)
            .with_count("outqueue_depth", figures.outqueue_depth)
            .with("is_congested", figures.is_congested)
    }
}

impl From<StreamFigures> for Statistics {
    fn from(figures: StreamFigures) -> Self {
        Self::default()
            .with("render_rate", figures.render_rate)
            .with("is_playing", figures.is_playing)
            .with("is_publishing", figures.is_publishing)
            .and(figures.media)
            .with_count("repaired_timestamps", figures.repaired_timestamps)
            .with_count("skipped_bytes", figures.skipped_bytes)
            .with("clock_seconds", figures.clock.as_secs_f64())
            .with_count("messages_sent", figures.messages_sent)
            .with_count("bytes_sent", figures.bytes_sent)
            .with_count("dropped_frames", figures.dropped_frames)
            .with_count("outqueue_depth", figures.outqueue_depth)
            .with_count("outqueue_bytes", figures.outqueue_bytes)
    }
}

/// Has what is known, and nothing for a stream without media.
impl From<MediaDescription> for Statistics {
    fn from(media: MediaDescription) -> Self {
        let mut all = Object::new();
        if let Some(video) = media.video {
            all.push("video_codec", video.codec.to_string());
            if let Some((width, height)) = video.size {
                all.push("width", width);
                all.push("height", height);
            }
            if let Some(rate) = video.frame_rate {
                all.push("frame_rate", rate);
            }
        }
        if let Some(audio) = media.audio {
            all.push("audio_codec", audio.codec.to_string());
            if let Some(channels) = audio.channels {
                all.push("channels", u32::from(channels));
            }
            if let Some(rate) = audio.sample_rate {
                all.push("sample_rate", rate);
            }
        }
        Self(all)
    }
}

impl From<LoopFigures> for Statistics {
    fn from(figures: LoopFigures) -> Self {
        Self::default()
            .with_count("viewers", figures.viewers)
            .with("rate", figures.rate)
            .with_count("renders", figures.renders)
            .with_count("frames", figures.frames)
            .with_count("repeated_frames", figures.repeated_frames)
            .with_count("late_frames", figures.late_frames)
            .with_count("key_frames_asked_for", figures.key_frames_asked_for)
            .with_count("commands", figures.commands)
    }
}

impl From<Statistics> for Value {
    fn from(statistics: Statistics) -> Self {
        Self::Object(statistics.0)
    }
}

/// Writes one figure a line, names and figures in two columns.
impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, figure) in self.iter() {
            writeln!(f, "{name:width$}  {figure}")?;
        }
        Ok(())
    }
}
