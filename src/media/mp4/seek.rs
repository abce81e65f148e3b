//! Where playing an MP4 file starts in order to show what is at a position.

use super::Error;
use super::reading::{Reading, TrackPlaces};
use super::sample::Sample;
use super::tracks::{PlayedTrack, Tracks};
use crate::media::flv::{Place, SeekTarget};
use crate::protocol::Timestamp;

/// How long a picture must stand still for the sound to be sought instead, in milliseconds.
const STILL: i32 = 1_000;
/// The most frames, and bytes of them, that are sent again to show the picture at a position.
const MAX_FRAMES: usize = 32;
const MAX_BYTES: u32 = 1 << 20;

/// Finds where to start for `position`.
///
/// That is the last key frame at or before it, or else the first. If no picture changes there for
/// a while but there is sound, it is the sound at `position`, with the frames of the picture.
pub(super) fn find(tracks: &Tracks, position: Timestamp) -> Result<SeekTarget, Error> {
    let time = time(tracks, position);
    let Some(video) = &tracks.video else {
        let audio = tracks.audio.as_ref().map_or(0, |audio| audio.behind(time));
        return Ok(target(tracks, 0, audio.saturating_sub(1)));
    };
    let next = video.behind(time);
    let before = video.samples.get(..next).unwrap_or_default();
    let key_frame = before.iter().rposition(Sample::is_key_frame);
    let sound = tracks.audio.as_ref().map(|audio| (audio, audio.at(time)));
    if let Some((audio, number)) = sound
        && let Some(sound) = audio.samples.get(number)
        && sound.time.saturating_sub(time) <= STILL
        && let Some(pictures) = still_picture(video, key_frame, next, time)
    {
        let mut target = target(tracks, next, number);
        let mut reading = Reading::new(tracks);
        for sample in pictures {
            target.pictures.push(reading.frame(video, sample)?);
        }
        return Ok(target);
    }
    let first = || video.samples.iter().position(Sample::is_key_frame);
    Ok(from_picture(tracks, video, key_frame.or_else(first).unwrap_or(0)))
}

/// Finds the first frame at or behind `position` that playing may start at.
pub(super) fn key_frame_at_or_after(tracks: &Tracks, position: Timestamp) -> Option<Place> {
    let time = time(tracks, position);
    let Some(video) = &tracks.video else {
        let audio = tracks.audio.as_ref()?;
        let number = audio.at(time);
        return (number < audio.samples.len()).then(|| target(tracks, 0, number).place);
    };
    let from = video.at(time);
    let after = video.samples.get(from..)?.iter().position(Sample::is_key_frame)?;
    Some(from_picture(tracks, video, from.saturating_add(after)).place)
}

fn time(tracks: &Tracks, position: Timestamp) -> i32 {
    let position = i32::try_from(position.0).unwrap_or(i32::MAX);
    tracks.start.saturating_add(position)
}

/// Starts with a picture, and the sound at its time.
fn from_picture(tracks: &Tracks, video: &PlayedTrack, number: usize) -> SeekTarget {
    let time = video.samples.get(number).map_or(tracks.start, |sample| sample.time);
    target(tracks, number, tracks.audio.as_ref().map_or(0, |audio| audio.at(time)))
}

fn target(tracks: &Tracks, video: usize, audio: usize) -> SeekTarget {
    let time = |track: &Option<PlayedTrack>, number: usize| {
        track.as_ref().and_then(|track| track.samples.get(number)).map(|sample| sample.time)
    };
    let times = [time(&tracks.video, video), time(&tracks.audio, audio)];
    let first = times.into_iter().flatten().min().unwrap_or(tracks.start);
    let position = u32::try_from(first.saturating_sub(tracks.start)).unwrap_or_default();
    SeekTarget {
        place: TrackPlaces::new(video, audio).at(position),
        position: Timestamp(position),
        pictures: Vec::new(),
    }
}

/// Returns the frames of the picture before the frame `next`, if it stands still at that time.
/// Returns none of them if the first one comes later.
fn still_picture(
    video: &PlayedTrack,
    key_frame: Option<usize>,
    next: usize,
    time: i32,
) -> Option<&[Sample]> {
    let Some(key_frame) = key_frame else {
        let first = video.samples.iter().find(|sample| sample.is_key_frame())?;
        return (first.time.saturating_sub(time) > STILL).then_some(&[]);
    };
    let pictures = video.samples.get(key_frame..next)?;
    if time.saturating_sub(pictures.last()?.time) <= STILL {
        return None;
    }
    let bytes = pictures.iter().fold(0_u32, |sum, sample| sum.saturating_add(sample.length()));
    if pictures.len() <= MAX_FRAMES && (bytes <= MAX_BYTES || pictures.len() == 1) {
        return Some(pictures);
    }
    // Too many to send again. If the next one is a key frame, the last key frame will do.
    let is_over = video.samples.get(next).is_none_or(Sample::is_key_frame);
    pictures.get(..1).filter(|_| is_over)
}
