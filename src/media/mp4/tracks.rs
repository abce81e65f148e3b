//! The tracks of a file that are played.

use bytes::Bytes;

use super::Error;
use super::format::Format;
use super::movie::Track;
use super::sample::Sample;
use crate::media::source::Source;

/// The tracks of a file that are played, and the file that has their samples.
#[derive(Debug)]
pub(super) struct Tracks {
    pub(super) source: Source,
    pub(super) video: Option<PlayedTrack>,
    pub(super) audio: Option<PlayedTrack>,
    /// The time of the first sample, in milliseconds.
    pub(super) start: i32,
}

/// A track that is played.
#[derive(Debug)]
pub(super) struct PlayedTrack {
    pub(super) format: Format,
    pub(super) header: Option<Bytes>,
    pub(super) samples: Vec<Sample>,
}

impl PlayedTrack {
    /// Makes what is played of a track. Also returns when it ends, in milliseconds.
    pub(super) fn of(track: Track) -> Result<(Self, i32), Error> {
        let Track { format, samples, edits, has_fragments, .. } = track;
        let (end, most) = (samples.end_time(), samples.most());
        let (samples, end) = match has_fragments {
            true => (samples.list, end),
            false => edits.apply(samples.list, most, format.kind(), end)?,
        };
        Ok((Self { header: format.header(), format, samples }, end))
    }

    /// Returns the number of the first sample at or behind a time.
    pub(super) fn at(&self, time: i32) -> usize {
        self.samples.partition_point(|sample| sample.time < time)
    }

    /// Returns the number of the first sample behind a time.
    pub(super) fn behind(&self, time: i32) -> usize {
        self.samples.partition_point(|sample| sample.time <= time)
    }
}
