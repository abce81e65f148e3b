//! FLV files as lists of tags. This reader and writer shares no code with the player, because the
//! tests compare the two.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// FLV 10.1 §E.4.1: type, size, timestamp, stream id.
const TAG_HEADER_LEN: usize = 11;
/// FLV 10.1 §E.3: the size of the preceding tag.
const BACK_POINTER_LEN: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Audio,
    Video,
    Script,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) kind: Kind,
    /// In milliseconds.
    pub(crate) timestamp: u32,
    pub(crate) payload: Vec<u8>,
}

impl Tag {
    /// An AVC or AAC configuration (packet type 0).
    pub(crate) fn is_sequence_header(&self) -> bool {
        match self.kind {
            Kind::Video => self.video_codec() == 7 && self.payload.get(1) == Some(&0),
            Kind::Audio => self.payload[0] >> 4 == 10 && self.payload.get(1) == Some(&0),
            Kind::Script => false,
        }
    }

    pub(crate) fn is_key_frame(&self) -> bool {
        self.kind == Kind::Video && self.payload[0] >> 4 == 1 && self.is_coded()
    }

    /// Holds a frame: no configuration, no AVC end of sequence (packet type 2, which players drop
    /// and muxers write anew).
    pub(crate) fn is_coded(&self) -> bool {
        let ends_sequence =
            self.kind == Kind::Video && self.video_codec() == 7 && self.payload.get(1) == Some(&2);
        self.kind != Kind::Script && !ends_sequence && !self.is_sequence_header()
    }

    fn video_codec(&self) -> u8 {
        self.payload[0] & 0x0F
    }
}

impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = &self.payload[..self.payload.len().min(8)];
        write!(
            f,
            "{:?} at {} ms, {} bytes {start:02x?}",
            self.kind,
            self.timestamp,
            self.payload.len()
        )
    }
}

/// Reads the tags of a file. A file that ends within a tag is read up to there: a player that was
/// stopped leaves such a file.
pub(crate) fn read(path: &Path) -> Vec<Tag> {
    let bytes =
        fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    parse(&bytes)
}

pub(crate) fn parse(bytes: &[u8]) -> Vec<Tag> {
    assert_eq!(bytes.get(..3), Some(&b"FLV"[..]), "not an FLV file");
    let header = u32::from_be_bytes(bytes[5..9].try_into().expect("four bytes")) as usize;
    let mut rest = &bytes[header + BACK_POINTER_LEN..];
    let mut tags = Vec::new();
    while let Some((tag, after)) = split_tag(rest) {
        tags.push(tag);
        rest = after;
    }
    tags
}

fn split_tag(bytes: &[u8]) -> Option<(Tag, &[u8])> {
    let [kind, s2, s1, s0, t2, t1, t0, t3, _, _, _, body @ ..] = bytes else {
        return None;
    };
    let size = u32::from_be_bytes([0, *s2, *s1, *s0]) as usize;
    let payload = body.get(..size)?.to_vec();
    let kind = match kind {
        8 => Kind::Audio,
        9 => Kind::Video,
        18 => Kind::Script,
        other => panic!("tag type {other}"),
    };
    let timestamp = u32::from_be_bytes([*t3, *t2, *t1, *t0]);
    let after = body.get(size + BACK_POINTER_LEN..).unwrap_or_default();
    Some((Tag { kind, timestamp, payload }, after))
}

/// Writes `tags` as an FLV file with audio and video.
pub(crate) fn write(path: &Path, tags: &[Tag]) {
    let mut bytes = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00".to_vec();
    for tag in tags {
        let kind = match tag.kind {
            Kind::Audio => 8,
            Kind::Video => 9,
            Kind::Script => 18,
        };
        let size = (tag.payload.len() as u32).to_be_bytes();
        let [t3, t2, t1, t0] = tag.timestamp.to_be_bytes();
        bytes.extend([kind, size[1], size[2], size[3], t2, t1, t0, t3, 0, 0, 0]);
        bytes.extend(&tag.payload);
        bytes.extend(((TAG_HEADER_LEN + tag.payload.len()) as u32).to_be_bytes());
    }
    fs::write(path, bytes).unwrap_or_else(|error| panic!("cannot write {path:?}: {error}"));
}

/// Returns the tags before `end`: a shorter film with the same start.
pub(crate) fn cut(tags: &[Tag], end: Duration) -> Vec<Tag> {
    tags.iter().filter(|tag| u128::from(tag.timestamp) < end.as_millis()).cloned().collect()
}

/// Returns the film from the second key frame on, with its configuration. Its first picture tells
/// it from the whole film.
pub(crate) fn from_second_key_frame(tags: &[Tag]) -> Vec<Tag> {
    let start = tags.iter().filter(|tag| tag.is_key_frame()).nth(1).expect("two key frames");
    let start = start.timestamp;
    tags.iter()
        .filter(|tag| !tag.is_coded() || tag.timestamp >= start)
        .map(|tag| Tag { timestamp: tag.timestamp.saturating_sub(start), ..tag.clone() })
        .collect()
}

/// Returns the payloads of one kind, in order, without the AVC end of sequence.
pub(crate) fn payloads(tags: &[Tag], kind: Kind) -> Vec<&[u8]> {
    tags.iter()
        .filter(|tag| tag.kind == kind && (tag.is_coded() || tag.is_sequence_header()))
        .map(|tag| &*tag.payload)
        .collect()
}

/// Returns the frames of one kind, without configurations.
pub(crate) fn frames(tags: &[Tag], kind: Kind) -> impl Iterator<Item = &Tag> {
    tags.iter().filter(move |tag| tag.kind == kind && tag.is_coded())
}

/// Returns the time from the first timestamp to the end of the last frame.
pub(crate) fn duration(tags: &[Tag]) -> Duration {
    let last = tags.iter().filter(|tag| tag.is_coded()).map(|tag| tag.timestamp).max();
    Duration::from_millis(u64::from(last.expect("a film has frames")))
}

/// Fails the test unless every video and audio payload of `played` is that of `original`, in order.
#[track_caller]
pub(crate) fn assert_same_payloads(played: &[Tag], original: &[Tag]) {
    for kind in [Kind::Video, Kind::Audio] {
        assert_same_list(&payloads(played, kind), &payloads(original, kind), kind);
    }
}

/// As [`assert_same_payloads`], but the very last message may be missing.
#[track_caller]
pub(crate) fn assert_same_payloads_but_the_last(played: &[Tag], original: &[Tag]) {
    let last = original.iter().rposition(Tag::is_coded).expect("a film has frames");
    let same = |original: &[Tag]| {
        [Kind::Video, Kind::Audio]
            .iter()
            .all(|&kind| payloads(played, kind) == payloads(original, kind))
    };
    if !same(&original[..last]) {
        assert_same_payloads(played, original);
    }
}

/// Fails the test unless `played` starts with all that `original` holds, in order.
#[track_caller]
pub(crate) fn assert_starts_with(played: &[Tag], original: &[Tag]) {
    for kind in [Kind::Video, Kind::Audio] {
        let mut start = payloads(played, kind);
        let wanted = payloads(original, kind);
        start.truncate(wanted.len());
        assert_same_list(&start, &wanted, kind);
    }
}

#[track_caller]
pub(crate) fn assert_same_list(played: &[&[u8]], original: &[&[u8]], kind: Kind) {
    let differs = played.iter().zip(original).position(|(played, original)| played != original);
    if let Some(at) = differs {
        let (played, original) = (played[at], original[at]);
        panic!(
            "{kind:?} payload {at} differs: {} bytes {:02x?} played, {} bytes {:02x?} in the file",
            played.len(),
            &played[..played.len().min(16)],
            original.len(),
            &original[..original.len().min(16)]
        );
    }
    assert_eq!(played.len(), original.len(), "number of {kind:?} payloads played");
}

/// Fails the test if a timestamp of `kind` goes back, or leaps by more than `most`.
#[track_caller]
pub(crate) fn assert_steady(tags: &[Tag], kind: Kind, most: Duration) {
    let times: Vec<u32> = frames(tags, kind).map(|tag| tag.timestamp).collect();
    for pair in times.windows(2) {
        let step = i64::from(pair[1]) - i64::from(pair[0]);
        assert!(
            (0..=most.as_millis() as i64).contains(&step),
            "{kind:?} goes from {} ms to {} ms",
            pair[0],
            pair[1]
        );
    }
}
