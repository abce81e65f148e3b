//! The tracks that the `moov` box describes.

use mp4_atom::{Atom, Trex};

use super::boxes::Boxes;
use super::edits::Edits;
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
    pub(super) edits: Edits,
    pub(super) defaults: Defaults,
    /// Whether it has samples in fragments. Of their edit list, the start counts.
    pub(super) has_fragments: bool,
}

/// How much of the media of a fragmented file an edit list may leave out, in seconds.
const MAX_SHIFT: i64 = 24 * 3600;

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
    let table = boxes.find_in(&[b"mdia", b"minf", b"stbl"]).ok_or_else(damaged("stbl"))?;
    // The media of fragments are not known yet.
    let length = match sample_table::length(Boxes(table))? {
        0 => i64::from(timescale).saturating_mul(MAX_SHIFT),
        length => length,
    };
    let edts = boxes.find(b"edts").map(Boxes).unwrap_or(Boxes(&[]));
    let edits = Edits::read(edts, timescale, movie_timescale, length);
    let mut samples = Samples::new(Clock { timescale, shift: edits.shift, start: 0 }, file_length);
    sample_table::read(Boxes(table), &mut samples)?;
    let number = number.ok_or_else(damaged("tkhd"))?;
    Ok(Track {
        number,
        format,
        samples,
        edits,
        defaults: Defaults::default(),
        has_fragments: false,
    })
}

/// Returns the 32-bit field behind the two times that `mvhd`, `mdhd` and `tkhd` start with: a
/// timescale, or the number of a track.
fn field_behind_times(body: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(body);
    let version = reader.u8().ok()?;
    reader.take(if version == 1 { 19 } else { 11 }).ok()?;
    reader.u32().ok()
}
