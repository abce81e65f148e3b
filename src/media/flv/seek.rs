//! Where playing starts in order to show what is at a position.

use super::Error;
use super::contents::Contents;
use super::index::Checkpoint;
use super::pictures::{Picture, Pictures};
use super::reading::{Next, Place, PlacedTag, Reading, Role};
use crate::media::{Tag, TagKind, VideoHeader};
use crate::protocol::Timestamp;
use crate::sync::read;

/// How long a picture must stand still for the sound to be sought instead, in milliseconds.
const STILL: u32 = 1_000;
/// The most frames, and bytes of them, that are sent again to show the picture at a position.
const MAX_FRAMES: u32 = 32;
const MAX_BYTES: usize = 1 << 20;
/// The most bytes of a file that are read to find those frames, or what is behind a position.
const MAX_WALK: u64 = 16 << 20;

/// Where playing starts in order to show what is at a position.
///
/// ```
/// # use rendercast::media::flv;
/// use rendercast::protocol::Timestamp;
///
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// let start = file.seek(Timestamp(1500))?;
/// assert!(file.tags_from(start.place).next().is_some_and(|tag| tag.is_key_frame()));
/// assert!(start.pictures.is_empty());
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeekTarget {
    /// Where to play on from: before a key frame, unless the picture stands still there.
    pub place: Place,
    /// The position of the tag there.
    pub position: Timestamp,
    /// Earlier tags that make up the picture at that position, if it stands still there. Send them
    /// first, as of that position.
    pub pictures: Vec<Tag>,
}

impl SeekTarget {
    const fn new(tag: &PlacedTag) -> Self {
        Self { place: tag.place, position: tag.position, pictures: Vec::new() }
    }
}

/// Finds where to start for `position`, in milliseconds.
///
/// That is the last key frame at or before it, or else the first. If no picture changes there for
/// a while but there is sound, it is the sound at `position`.
pub(super) fn find(contents: &Contents, position: u32) -> Result<SeekTarget, Error> {
    contents.index_to(position);
    let (checkpoint, has_pictures, has_sound, first_key_frame) = {
        let index = read(&contents.index);
        let checkpoint = index.checkpoint_at(position);
        (checkpoint, index.has_pictures(), index.has_sound(), index.first_key_frame)
    };
    let mut walk = Walk::new(contents, checkpoint);
    // The last sound before the position, and the first one that is just there.
    let (mut sound, mut exact) = (None, None);
    while let Some(tag) = walk.next()? {
        if tag.role.is_frame() && tag.next.reached > position {
            walk.go_back(&tag);
            break;
        }
        if tag.role.is_frame() && tag.tag.kind == TagKind::Audio {
            sound = Some(SeekTarget::new(&tag));
            if tag.position.0 == position && exact.is_none() {
                exact = sound.clone();
            }
        }
        walk.note(&tag);
    }
    if !has_pictures {
        return sound.map_or_else(|| first(contents), Ok);
    }
    let (key_frame, pictures) = (walk.pictures.key_frame, walk.pictures);
    let still = match (key_frame, first_key_frame) {
        _ if !has_sound => None,
        (Some(_), _) => still_picture(contents, walk, exact, position)?,
        (None, Some(first)) if first.reached.saturating_sub(position) > STILL => {
            let found = exact.map_or_else(|| walk.sound_at(position), |found| Ok(Some(found)))?;
            found.filter(|found| found.position.0 < first.reached)
        }
        (None, _) => None,
    };
    if let Some(still) = still {
        return Ok(still);
    }
    match pictures.key_frame.or(first_key_frame) {
        Some(key_frame) => {
            at(contents, Place { offset: key_frame.offset, reached: key_frame.reached })
        }
        None => first(contents),
    }
}

/// Finds the first tag at or behind `position`, in milliseconds, that playing may start at.
pub(super) fn key_frame_at_or_after(
    contents: &Contents,
    position: u32,
) -> Result<Option<Place>, Error> {
    contents.index_to(position);
    let (checkpoint, has_pictures) = {
        let index = read(&contents.index);
        (index.checkpoint_before_key_frame(position), index.has_pictures())
    };
    let mut walk = Walk::new(contents, checkpoint);
    while let Some(tag) = walk.next()? {
        let is_key_frame = walk.note(&tag);
        let is_sound = tag.role.is_frame() && tag.tag.kind == TagKind::Audio;
        let is_start = if has_pictures { is_key_frame } else { is_sound };
        if is_start && tag.next.reached >= position {
            let offset = walk.pictures.key_frame.filter(|_| has_pictures);
            let offset = offset.map_or(tag.place.offset, |key_frame| key_frame.offset);
            return Ok(Some(Place { offset, ..tag.place }));
        }
    }
    Ok(None)
}

/// Starts with the sound, if the picture has not changed for a while.
fn still_picture(
    contents: &Contents,
    mut walk: Walk<'_>,
    exact: Option<SeekTarget>,
    position: u32,
) -> Result<Option<SeekTarget>, Error> {
    let pictures = walk.pictures;
    let Some(key_frame) = pictures.key_frame else { return Ok(None) };
    let is_moving = position.saturating_sub(pictures.last) <= STILL;
    if is_moving || position.saturating_sub(key_frame.reached) <= STILL {
        return Ok(None);
    }
    let found = exact.map_or_else(|| walk.sound_at(position), |found| Ok(Some(found)))?;
    let Some(mut target) = found else { return Ok(None) };
    if target.position.0.saturating_sub(position) > STILL {
        return Ok(None);
    }
    let start = Place { offset: key_frame.offset, reached: key_frame.reached };
    target.pictures = match frames(contents, start, pictures.frames)? {
        Some(frames) => frames,
        // Too many to send again. If the next one is a key frame, the last key frame will do.
        None if walk.next_picture()?.is_none_or(|role| role == Role::KeyFrame) => {
            frames(contents, start, 1)?.unwrap_or_default()
        }
        None => return Ok(None),
    };
    Ok(Some(target))
}

/// Returns `count` frames of video from `start` on. Returns `None` if they are too many.
fn frames(contents: &Contents, start: Place, count: u32) -> Result<Option<Vec<Tag>>, Error> {
    let mut walk = Walk::from_place(contents, start);
    let (mut found, mut bytes) = (Vec::new(), 0_usize);
    if count > MAX_FRAMES {
        return Ok(None);
    }
    while found.len() < count as usize {
        let Some(tag) = walk.next()?.filter(|tag| walk.is_near(tag)) else { break };
        if !tag.role.is_frame() || tag.tag.kind != TagKind::Video {
            continue;
        }
        bytes = bytes.saturating_add(tag.tag.payload.len());
        if bytes > MAX_BYTES && !found.is_empty() {
            return Ok(None);
        }
        found.push(tag.tag);
    }
    Ok((found.len() == count as usize).then_some(found))
}

/// Starts with the first frame.
fn first(contents: &Contents) -> Result<SeekTarget, Error> {
    let offset = read(&contents.index).first_frame.map_or(0, |(offset, _)| offset);
    at(contents, Place { offset, reached: 0 })
}

fn at(contents: &Contents, place: Place) -> Result<SeekTarget, Error> {
    match Reading::new(contents).tag_at(place)? {
        Next::Tag(tag) => Ok(SeekTarget::new(&tag)),
        Next::Pending | Next::End => Ok(SeekTarget { place, ..SeekTarget::default() }),
    }
}

/// Goes from tag to tag, and knows which picture is shown.
struct Walk<'a> {
    reading: Reading<'a>,
    start: u64,
    place: Place,
    pictures: Pictures,
}

impl<'a> Walk<'a> {
    fn new(contents: &'a Contents, checkpoint: Checkpoint) -> Self {
        let place = Place { offset: checkpoint.offset, reached: checkpoint.reached };
        Self { pictures: checkpoint.pictures, ..Self::from_place(contents, place) }
    }

    fn from_place(contents: &'a Contents, place: Place) -> Self {
        let reading = Reading::new(contents);
        Self { reading, start: place.offset, place, pictures: Pictures::default() }
    }

    fn next(&mut self) -> Result<Option<PlacedTag>, Error> {
        match self.reading.tag_at(self.place)? {
            Next::Tag(tag) => {
                self.place = tag.next;
                Ok(Some(tag))
            }
            Next::Pending | Next::End => Ok(None),
        }
    }

    /// Makes `tag` the next one.
    const fn go_back(&mut self, tag: &PlacedTag) {
        self.place = tag.place;
        self.start = tag.place.offset;
    }

    /// Notes a tag if it is a picture. Returns whether it is a key frame to start at.
    fn note(&mut self, tag: &PlacedTag) -> bool {
        if !tag.role.is_frame() || tag.tag.kind != TagKind::Video {
            return false;
        }
        let header = VideoHeader::parse(&tag.tag.payload);
        self.pictures.note(Picture {
            offset: tag.place.offset,
            track: header.and_then(|header| header.track).map_or(0, |track| track.id),
            is_key_frame: tag.role == Role::KeyFrame,
            position: tag.position.0,
            reached: tag.next.reached,
        })
    }

    const fn is_near(&self, tag: &PlacedTag) -> bool {
        tag.place.offset.saturating_sub(self.start) <= MAX_WALK
    }

    /// Finds the next sound at or behind `position`, in milliseconds.
    fn sound_at(&mut self, position: u32) -> Result<Option<SeekTarget>, Error> {
        while let Some(tag) = self.next()?.filter(|tag| self.is_near(tag)) {
            let is_sound = tag.role.is_frame() && tag.tag.kind == TagKind::Audio;
            if is_sound && tag.position.0 >= position {
                return Ok(Some(SeekTarget::new(&tag)));
            }
        }
        Ok(None)
    }

    /// Returns the role of the next frame of video, unless it is far away.
    fn next_picture(&mut self) -> Result<Option<Role>, Error> {
        while let Some(tag) = self.next()?.filter(|tag| self.is_near(tag)) {
            if tag.role.is_frame() && tag.tag.kind == TagKind::Video {
                return Ok(Some(tag.role));
            }
        }
        Ok(None)
    }
}
