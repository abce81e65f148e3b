//! Where playing starts in order to show what is at a position.

use super::index::{Index, SeekPoint};
use crate::media::TagKind;
use crate::protocol::Timestamp;

/// How long a picture must stand still for the sound to be sought instead, in milliseconds.
const STILL: u32 = 1_000;
/// The most frames, and bytes of them, that are sent again to show the picture at a position.
const MAX_FRAMES: u32 = 32;
const MAX_BYTES: u64 = 1 << 20;

/// Where playing starts in order to show what is at a position.
///
/// ```
/// # use rendercast::media::flv;
/// use rendercast::protocol::Timestamp;
///
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// let start = file.seek(Timestamp(1500));
/// assert!(file.entry(start.tag).is_some_and(|entry| entry.is_key_frame()));
/// assert!(start.pictures.is_empty());
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeekTarget {
    /// The number of the tag to play on from. A key frame, unless the picture stands still there.
    pub tag: usize,
    /// The position of that tag.
    pub position: Timestamp,
    /// The numbers of earlier tags that make up the picture at that position, if it stands still
    /// there. Send them first, as of that position.
    pub pictures: Vec<usize>,
}

/// Finds where to start for `position`, in milliseconds.
///
/// That is the last key frame at or before it, or else the first. If no picture changes there for
/// a while but there is sound, it is the sound at `position`.
pub(super) fn find(index: &Index, position: u32) -> SeekTarget {
    let point = index.seek_point(position);
    let still = match point {
        _ if !index.has_pictures_and_sound() => None,
        Some(point) => still_picture(index, point, position),
        None => before_pictures(index, position),
    };
    let first = || index.next_seek_point(0).map(|point| point.tag as usize);
    still.unwrap_or_else(|| {
        let tag = point.map(|point| point.tag as usize).or_else(first);
        let tag = tag.or(index.first_media).unwrap_or(0);
        SeekTarget { tag, position: position_of(index, tag), pictures: Vec::new() }
    })
}

/// Starts with the sound alone, if the pictures begin much later.
fn before_pictures(index: &Index, position: u32) -> Option<SeekTarget> {
    let first = index.next_seek_point(position)?;
    if first.reached.saturating_sub(position) <= STILL {
        return None;
    }
    let tag = index.sound_at(position)?;
    let found = position_of(index, tag);
    (found.0 < first.reached).then_some(SeekTarget { tag, position: found, pictures: Vec::new() })
}

/// Starts with the sound, if the picture that depends on `point` has not changed for a while.
fn still_picture(index: &Index, point: SeekPoint, position: u32) -> Option<SeekTarget> {
    if position.saturating_sub(point.reached) <= STILL {
        return None;
    }
    let tag = index.sound_at(position)?;
    let found = position_of(index, tag);
    if found.0.saturating_sub(position) > STILL {
        return None;
    }
    let is_over = point.last <= position;
    let (pictures, last) = match pictures(index, point, tag) {
        Some(pictures) => pictures,
        // Too many to send again. The next one is a key frame, so the last key frame will do.
        None if is_over => (vec![point.tag as usize], point.last),
        None => return None,
    };
    let is_still = position.saturating_sub(last) > STILL;
    is_still.then_some(SeekTarget { tag, position: found, pictures })
}

/// Returns the frames from `point` up to the tag `end`, and the last one's position. Returns `None`
/// if they are too many.
fn pictures(index: &Index, point: SeekPoint, end: usize) -> Option<(Vec<usize>, u32)> {
    let start = point.tag as usize;
    let mut bytes = 0_u64;
    let mut found = Vec::new();
    let mut last = point.reached;
    for (tag, entry) in (start..end).zip(index.entries.get(start..end)?) {
        if !entry.is_frame_of(TagKind::Video) {
            continue;
        }
        bytes = bytes.saturating_add(entry.length.into());
        if found.len() >= MAX_FRAMES as usize || bytes > MAX_BYTES && !found.is_empty() {
            return None;
        }
        found.push(tag);
        last = entry.position.0;
        if found.len() >= point.frames as usize {
            break;
        }
    }
    Some((found, last))
}

fn position_of(index: &Index, tag: usize) -> Timestamp {
    index.entries.get(tag).map(|entry| entry.position).unwrap_or_default()
}
