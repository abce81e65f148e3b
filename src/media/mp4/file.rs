//! An MP4 file to play.

use std::fmt;
use std::time::Duration;

use super::boxes::{BoxHeader, Boxes};
use super::movie::{self, Track};
use super::reading::{Reading, TrackPlaces};
use super::sample::Sample;
use super::tracks::{PlayedTrack, Tracks};
use super::{Error, fragment, gaps, seek};
use crate::media::flv::{Headers, Place, SeekTarget};
use crate::media::source::Source;
use crate::media::{Tag, TagKind, audio, video};
use crate::protocol::Timestamp;

/// The longest index or fragment that is read, in bytes.
const MAX_INDEX: u64 = 256 << 20;
/// The most boxes at the top of a file: fragments of a week.
const MAX_BOXES: usize = 1 << 20;

/// An MP4 file to play. All players of it can share it.
///
/// The file stays on disk. Its index takes 24 bytes of memory per sample.
pub struct File {
    tracks: Tracks,
    duration: Duration,
    is_cut_off: bool,
}

impl File {
    /// Reads the index of a file.
    ///
    /// # Errors
    /// [`Error`].
    pub(crate) fn open(source: Source) -> Result<Self, Error> {
        let length = source.length()?;
        let mut tracks = None;
        for_each_box(&source, length, |name, body, offset| {
            match (name, &mut tracks) {
                (b"moov", None) => tracks = Some(movie::tracks(body, length)?),
                (b"moof", Some(tracks)) => add_fragment(tracks, body, offset)?,
                _ => {}
            }
            Ok(())
        })?;
        Self::of_tracks(source, tracks.ok_or(Error::NoIndex)?)
    }

    fn of_tracks(source: Source, tracks: Vec<Track>) -> Result<Self, Error> {
        let is_cut_off = tracks.iter().any(|track| track.samples.is_cut_off);
        let [mut video, mut audio] = [None, None];
        let mut end = i32::MIN;
        for track in tracks {
            let (played, track_end) = PlayedTrack::of(track)?;
            let place = match played.format.kind() {
                TagKind::Video => &mut video,
                _ => &mut audio,
            };
            if !played.samples.is_empty() {
                end = end.max(track_end);
                *place = Some(played);
            }
        }
        let end = gaps::close(samples_of(&mut video), samples_of(&mut audio), end);
        let firsts = [&video, &audio].map(|track| track.as_ref()?.samples.first());
        let Some(start) = firsts.into_iter().flatten().map(|sample| sample.time).min() else {
            return Err(if is_cut_off { Error::NoIndex } else { Error::NoTrack });
        };
        let duration = u64::try_from(end.saturating_sub(start)).unwrap_or_default();
        let duration = Duration::from_millis(duration);
        let tracks = Tracks { source, video, audio, start };
        Ok(Self { tracks, duration, is_cut_off })
    }

    /// Returns what reads one tag after the other.
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading::new(&self.tracks)
    }

    /// Returns how long the file plays.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// Returns whether the file ends before its index says so. What is there is played.
    #[must_use]
    pub const fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// Returns the number of frames of video and audio.
    #[must_use]
    pub fn frames(&self) -> usize {
        let tracks = [&self.tracks.video, &self.tracks.audio];
        tracks.into_iter().flatten().map(|track| track.samples.len()).sum()
    }

    pub(crate) fn video_codec(&self) -> Option<video::Codec> {
        self.tracks.video.as_ref().and_then(|track| track.format.video_codec())
    }

    pub(crate) fn audio_codec(&self) -> Option<audio::Codec> {
        self.tracks.audio.as_ref().and_then(|track| track.format.audio_codec())
    }

    /// Returns the latest sequence headers before `place`.
    pub(crate) fn headers_at(&self, place: Place) -> Headers {
        let header = |track: &Option<PlayedTrack>, kind| {
            let payload = track.as_ref()?.header.clone()?;
            Some(Tag { kind, timestamp: Timestamp(0), payload })
        };
        let at = TrackPlaces::from(place);
        let mut headers = Headers::default();
        if at.headers >= 1 {
            headers.video.extend(header(&self.tracks.video, TagKind::Video));
        }
        if at.headers >= 2 {
            headers.audio.extend(header(&self.tracks.audio, TagKind::Audio));
        }
        headers
    }

    /// Returns where playing starts in order to show what is at `position`: as
    /// [`flv::File::seek`](crate::media::flv::File::seek) does.
    pub(crate) fn seek(&self, position: Timestamp) -> Result<SeekTarget, Error> {
        seek::find(&self.tracks, position)
    }

    /// Returns the place of the first frame at or after `position` that playing may start at.
    pub(crate) fn key_frame_at_or_after(&self, position: Timestamp) -> Option<Place> {
        seek::key_frame_at_or_after(&self.tracks, position)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("frames", &self.frames())
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

/// Returns whether a file starts as an MP4 or QuickTime file does.
pub(crate) fn is_mp4(source: &Source) -> Result<bool, Error> {
    let start = source.read(0, BoxHeader::LONGEST)?;
    let name = BoxHeader::read(&start).map(|header| header.name);
    Ok(name.is_some_and(|name| {
        matches!(
            &name,
            b"ftyp" | b"styp" | b"moov" | b"mdat" | b"free" | b"skip" | b"wide" | b"pnot"
        )
    }))
}

fn samples_of(track: &mut Option<PlayedTrack>) -> &mut [Sample] {
    track.as_mut().map_or(&mut [], |track| &mut track.samples)
}

fn add_fragment(tracks: &mut [Track], moof: &[u8], offset: u64) -> Result<(), Error> {
    for (name, body) in Boxes(moof) {
        if name != *b"traf" {
            continue;
        }
        let traf = Boxes(body);
        let header = fragment::track(traf)?;
        let Some(number) = tracks.iter().position(|track| track.number == header.track_id) else {
            continue;
        };
        if let Some(time) = fragment::start(traf)?
            && tracks.iter().all(|track| track.samples.list.is_empty())
        {
            start_at(tracks, number, time);
        }
        if let Some(track) = tracks.get_mut(number).filter(|track| !track.samples.is_cut_off) {
            track.has_fragments = true;
            fragment::read(traf, &header, track.defaults, offset, &mut track.samples)?;
        }
    }
    Ok(())
}

/// Makes the clocks of all tracks start with the first fragment, whose track has that time.
fn start_at(tracks: &mut [Track], number: usize, time: i64) {
    let Some(track) = tracks.get_mut(number) else { return };
    track.samples.clock.start_at(time);
    let start = track.samples.clock.start;
    for track in tracks {
        track.samples.clock.start = start;
    }
}

/// Calls `visit` with each index and each fragment of a file: its name, body and offset. Ends at
/// what is no box.
fn for_each_box(
    source: &Source,
    length: u64,
    mut visit: impl FnMut(&[u8; 4], &[u8], u64) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut offset = 0_u64;
    for _ in 0..MAX_BOXES {
        let header = source.read(offset, BoxHeader::LONGEST)?;
        let Some(header) = BoxHeader::read(&header) else { return Ok(()) };
        let body = offset.saturating_add(header.length);
        let left = length.saturating_sub(body);
        let body_length = header.body_length.unwrap_or(left);
        if matches!(&header.name, b"moov" | b"moof") {
            if body_length > MAX_INDEX {
                return Err(Error::TooLong);
            }
            if body_length > left {
                return Ok(());
            }
            let bytes = source.read(body, usize::try_from(body_length).unwrap_or(usize::MAX))?;
            visit(&header.name, &bytes, offset)?;
        }
        if header.body_length.is_none() || body_length > left {
            return Ok(());
        }
        offset = body.saturating_add(body_length);
    }
    Ok(())
}
