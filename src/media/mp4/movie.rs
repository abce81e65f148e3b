//! The tracks that the `moov` box describes.

use mp4_atom::{Atom, Elst, Trex};

use super::boxes::Boxes;
use super::format::Format;
use super::fragment::Defaults;
use super::sample::{Clock, Samples};
use super::{Error, sample_table};
use crate::media::TagKind;
use crate::protocol::wire::Reader;

/// A track of the file.
#[derive(Debug)]
pub(super) struct Track {
    /// Its number in the file.
    pub(super) number: u32,
    pub(super) format: Format,
    pub(super) samples: Samples,
    pub(super) defaults: Defaults,
}

/// Reads the first track of video and the first one of audio whose codec is supported.
pub(super) fn tracks(moov: &[u8], file_length: u64) -> Result<Vec<Track>, Error> {
    let movie_timescale = Boxes(moov).find(b"mvhd").and_then(field_behind_times).unwrap_or(1);
    let mut tracks: Vec<Track> = Vec::new();
    for (name, body) in Boxes(moov) {
        if name != *b"trak" {
            continue;
        }
        let Some(format) = format(body) else { continue };
        if tracks.iter().any(|track| track.format.kind() == format.kind()) {
            continue;
        }
        tracks.push(track(body, format, movie_timescale, file_length)?);
    }
    for (name, mut body) in Boxes(moov).find(b"mvex").map(Boxes).into_iter().flatten() {
        if name == *b"trex"
            && let Ok(trex) = Trex::decode_body(&mut body)
            && let Some(track) = tracks.iter_mut().find(|track| track.number == trex.track_id)
        {
            track.defaults = Defaults::from(trex);
        }
    }
    Ok(tracks)
}

/// Returns the format of a `trak` box, if it is supported.
fn format(trak: &[u8]) -> Option<Format> {
    let handler = Boxes(trak).find_in(&[b"mdia", b"hdlr"])?.get(8..12)?;
    let kind = match handler {
        b"vide" => TagKind::Video,
        b"soun" => TagKind::Audio,
        _ => return None,
    };
    let stsd = Boxes(trak).find_in(&[b"mdia", b"minf", b"stbl", b"stsd"])?;
    Format::read(stsd).filter(|format| format.kind() == kind)
}

fn track(
    trak: &[u8],
    format: Format,
    movie_timescale: u32,
    file_length: u64,
) -> Result<Track, Error> {
    let boxes = Boxes(trak);
    let damaged = |name| move || Error::Damaged { name };
    let mdhd = boxes.find_in(&[b"mdia", b"mdhd"]).and_then(field_behind_times);
    let timescale = mdhd.ok_or_else(damaged("mdhd"))?;
    let number = boxes.find(b"tkhd").and_then(field_behind_times);
    let edits = boxes.find(b"edts").map(Boxes).unwrap_or(Boxes(&[]));
    let shift = shift(edits, timescale, movie_timescale);
    let mut samples = Samples::new(Clock { timescale, shift }, file_length);
    let table = boxes.find_in(&[b"mdia", b"minf", b"stbl"]).ok_or_else(damaged("stbl"))?;
    sample_table::read(Boxes(table), &mut samples)?;
    let number = number.ok_or_else(damaged("tkhd"))?;
    Ok(Track { number, format, samples, defaults: Defaults::default() })
}

/// Returns the 32-bit field behind the two times that `mvhd`, `mdhd` and `tkhd` start with: a
/// timescale, or the number of a track.
fn field_behind_times(body: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(body);
    let version = reader.u8().ok()?;
    reader.take(if version == 1 { 19 } else { 11 }).ok()?;
    reader.u32().ok()
}

/// Returns what the edit list takes away from all times of a track, in the track's units: media
/// before the first edit, less the time that passes before it. Later edits are not followed.
fn shift(edits: Boxes<'_>, timescale: u32, movie_timescale: u32) -> i64 {
    let list = edits.decode::<Elst>("elst").ok().flatten().unwrap_or_default();
    let mut delay = 0_i128;
    for edit in list.entries {
        if let Some(start) = edit.media_time {
            let start = i128::from(start).saturating_sub(delay);
            return i64::try_from(start).unwrap_or_default();
        }
        let duration = i128::from(edit.segment_duration).saturating_mul(timescale.into());
        let duration = duration.checked_div(movie_timescale.max(1).into()).unwrap_or_default();
        delay = delay.saturating_add(duration);
    }
    0
}
