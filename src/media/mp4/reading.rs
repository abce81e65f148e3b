//! Reads the tags that an MP4 file is played as.

use super::Error;
use super::sample::Sample;
use super::tracks::{PlayedTrack, Tracks};
use crate::media::flv::{Next, Place, PlacedTag, Role};
use crate::media::source::Window;
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;

/// The bits of the number of a sample in a [`Place`].
const BITS: u32 = 31;
const MASK: u64 = (1 << BITS) - 1;

/// Which samples of both tracks come next.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrackPlaces {
    /// How many of the two sequence headers, video first, lie before.
    pub(super) headers: u64,
    video: u64,
    audio: u64,
}

impl TrackPlaces {
    /// Makes the place behind both headers.
    pub(super) const fn new(video: usize, audio: usize) -> Self {
        Self { headers: 2, video: video as u64, audio: audio as u64 }
    }

    /// Makes it a place, with the position that is reached there, in milliseconds.
    pub(super) const fn at(self, reached: u32) -> Place {
        let offset = self.headers << (2 * BITS) | self.video << BITS | self.audio;
        Place { offset, reached }
    }
}

impl From<Place> for TrackPlaces {
    fn from(place: Place) -> Self {
        Self {
            headers: place.offset >> (2 * BITS),
            video: place.offset >> BITS & MASK,
            audio: place.offset & MASK,
        }
    }
}

/// Reads the tags of a file one after the other.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    tracks: &'a Tracks,
    window: Window<'a>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(tracks: &'a Tracks) -> Self {
        Self { tracks, window: tracks.source.window() }
    }

    /// Returns the tag at `place`: both sequence headers, then the samples of both tracks in the
    /// order of their times. May block for as long as the disk needs.
    pub(crate) fn tag_at(&mut self, place: Place) -> Result<Next, Error> {
        let tracks = self.tracks;
        let mut at = TrackPlaces::from(place);
        while at.headers < 2 {
            let (track, kind) = match at.headers {
                0 => (&tracks.video, TagKind::Video),
                _ => (&tracks.audio, TagKind::Audio),
            };
            at.headers = at.headers.saturating_add(1);
            if let Some(payload) = track.as_ref().and_then(|track| track.header.clone()) {
                let tag = Tag { kind, timestamp: Timestamp(place.reached), payload };
                let next = at.at(place.reached);
                return Ok(placed(tag, Role::SequenceHeader, place, next));
            }
        }
        let video = sample(&tracks.video, at.video);
        let audio = sample(&tracks.audio, at.audio);
        let is_video = match (video, audio) {
            (Some((_, video)), Some((_, audio))) => video.time <= audio.time,
            (video, _) => video.is_some(),
        };
        let Some((track, sample)) = (if is_video { video } else { audio }) else {
            return Ok(Next::End);
        };
        let tag = self.frame(track, sample)?;
        let role = if is_video && sample.is_key_frame() { Role::KeyFrame } else { Role::Frame };
        let number = if is_video { &mut at.video } else { &mut at.audio };
        *number = number.saturating_add(1);
        let next = at.at(place.reached.max(tag.timestamp.0));
        Ok(placed(tag, role, place, next))
    }

    /// Returns the tag of a sample.
    pub(super) fn frame(&mut self, track: &PlayedTrack, sample: &Sample) -> Result<Tag, Error> {
        let bytes = self.window.read(sample.offset, sample.length() as usize)?;
        if bytes.len() < sample.length() as usize {
            return Err(Error::Changed { offset: sample.offset });
        }
        let position = sample.time.saturating_sub(self.tracks.start);
        Ok(Tag {
            kind: track.format.kind(),
            timestamp: Timestamp(u32::try_from(position).unwrap_or_default()),
            payload: track.format.frame(sample, &bytes),
        })
    }
}

fn sample(track: &Option<PlayedTrack>, number: u64) -> Option<(&PlayedTrack, &Sample)> {
    let track = track.as_ref()?;
    Some((track, track.samples.get(usize::try_from(number).ok()?)?))
}

fn placed(tag: Tag, role: Role, place: Place, next: Place) -> Next {
    Next::Tag(PlacedTag { role, position: tag.timestamp, tag, place, next })
}
