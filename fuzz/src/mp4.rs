//! MP4 files, as they are played.
//!
//! - A file has no more tags than bytes, and each can be read.
//! - Wherever a viewer goes, there is a tag.

use bytes::Bytes;
use rendercast::media::Film;
use rendercast::media::flv::Place;
use rendercast::protocol::Timestamp;

/// Enough to find what a file can do. Samples may share their bytes.
const MAX_TAGS: usize = 4096;

pub fn run(bytes: &[u8]) {
    // Other files are those of the target `flv`.
    if bytes.starts_with(b"FLV") {
        return;
    }
    let Ok(film) = Film::from_bytes(Bytes::copy_from_slice(bytes)) else { return };
    assert!(film.has_media());
    let tags = film.tags_from(Place::START).take(MAX_TAGS).count();
    assert!(tags > 0 && tags <= 2 * bytes.len() + 2);
    let length = u32::try_from(film.duration().as_millis()).unwrap_or(u32::MAX);
    let steps = (0..=8).map(|step| (u64::from(length) * step / 8) as u32);
    for position in steps.chain([u32::MAX, i32::MAX as u32]) {
        let start = film.seek(Timestamp(position)).expect("memory can be read");
        assert!(start.pictures.len() <= 32);
        assert!(film.tags_from(start.place).next().is_some());
    }
}
