//! The tracks of a multitrack message, and the message for receivers that know one track.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::enhanced::{Multitrack, nibbles};
use super::{FourCc, Tag, TagKind};
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The track that receivers of one track show.
const DEFAULT_TRACK: u8 = 0;

/// The packet type of a modifier, in audio as in video.
const MODIFIER: u8 = 7;

/// One of the tracks of a multitrack message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackBody<'a> {
    /// The number of the track. 0 is the default track.
    pub id: u8,
    /// The codec of the track.
    pub four_cc: FourCc,
    /// What follows the header of the track: the data of a packet of the message's type.
    pub body: &'a [u8],
}

/// A multitrack message, as far as its tracks.
///
/// ```
/// use rendercast::media::{FourCc, Tag, TagKind, Tracks};
/// use rendercast::Timestamp;
///
/// // Two tracks of AAC in one message: two bytes of the first, and one of the second.
/// let payload = b"\x95\x11mp4a\x00\x00\x00\x02\x21\x22\x01\x00\x00\x01\x23";
/// let tag = Tag { kind: TagKind::Audio, timestamp: Timestamp(0), payload: payload[..].into() };
/// let tracks = Tracks::of(&tag).expect("it has tracks");
/// let ids: Vec<u8> = tracks.map(|track| track.id).collect();
/// assert_eq!(ids, [0, 1]);
/// ```
#[derive(Clone, Debug)]
pub struct Tracks<'a> {
    reader: Reader<'a>,
    layout: Multitrack,
    /// The codec of all tracks, if they share one.
    four_cc: Option<FourCc>,
    /// The type of the packets in all tracks.
    packet_type: u8,
    /// The bytes before the one whose low half announces the tracks.
    before: &'a [u8],
    /// The high half of that byte.
    high: u8,
}

/// What a receiver of one track gets of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OneTrack {
    /// The message as it is: it has no track numbers.
    AsItIs,
    /// A message without track numbers, with the default track alone.
    Payload(Bytes),
    /// Nothing: the default track is not in it.
    Nothing,
}

impl<'a> Tracks<'a> {
    /// Reads the header of a multitrack message. Returns `None` if the tag is none, or ends within
    /// the header.
    #[must_use]
    pub fn of(tag: &'a Tag) -> Option<Self> {
        if !may_have_tracks(tag) {
            return None;
        }
        Self::read(tag.kind, &tag.payload).ok().flatten()
    }

    /// Returns the type of the packets in all tracks, as Enhanced RTMP numbers them.
    #[must_use]
    pub const fn packet_type(&self) -> u8 {
        self.packet_type
    }

    fn read(kind: TagKind, payload: &'a [u8]) -> Result<Option<Self>, UnexpectedEnd> {
        /// The frame type of a command, whose body has no tracks.
        const COMMAND: u8 = 5;
        let multitrack = if kind == TagKind::Audio { 5 } else { 6 };
        let mut reader = Reader::new(payload);
        let (first, mut packet_type) = nibbles(reader.u8()?);
        let mut high = first;
        while packet_type == MODIFIER {
            skip_modifier(&mut reader)?;
            (high, packet_type) = nibbles(reader.u8()?);
        }
        if packet_type != multitrack || (kind == TagKind::Video && first & 0x07 == COMMAND) {
            return Ok(None);
        }
        let before = payload.get(..reader.offset().saturating_sub(1)).unwrap_or_default();
        let (layout, packet_type) = nibbles(reader.u8()?);
        let layout = Multitrack::from_bits(layout);
        let four_cc = match layout {
            Multitrack::ManyTracksManyCodecs => None,
            _ => Some(FourCc::read(&mut reader)?),
        };
        Ok(Some(Self { reader, layout, four_cc, packet_type, before, high }))
    }

    fn read_track(&mut self) -> Result<TrackBody<'a>, UnexpectedEnd> {
        let four_cc = match self.four_cc {
            Some(four_cc) => four_cc,
            None => FourCc::read(&mut self.reader)?,
        };
        let id = self.reader.u8()?;
        let length = match self.layout {
            Multitrack::OneTrack => self.reader.rest().len(),
            _ => usize::try_from(self.reader.u24()?).unwrap_or(usize::MAX),
        };
        let body = self.reader.take(length)?;
        // There is one track only, even if it is empty.
        if self.layout == Multitrack::OneTrack {
            self.reader = Reader::new(&[]);
        }
        Ok(TrackBody { id, four_cc, body })
    }

    /// Returns a message with `track` alone, without its number.
    fn unwrapped(&self, track: TrackBody<'_>) -> Bytes {
        const HEADER: usize = 5;
        let length = self.before.len().saturating_add(HEADER).saturating_add(track.body.len());
        let mut payload = BytesMut::with_capacity(length);
        payload.put_slice(self.before);
        payload.put_u8((self.high << 4) | (self.packet_type & 0x0f));
        payload.put_slice(&track.four_cc.0);
        payload.put_slice(track.body);
        payload.freeze()
    }
}

/// Goes from track to track, up to one that is cut off.
impl<'a> Iterator for Tracks<'a> {
    type Item = TrackBody<'a>;

    fn next(&mut self) -> Option<TrackBody<'a>> {
        if self.reader.is_empty() {
            return None;
        }
        let track = self.read_track().ok();
        if track.is_none() {
            self.reader = Reader::new(&[]);
        }
        track
    }
}

impl OneTrack {
    /// Returns what a receiver of one track gets of `tag`.
    pub(crate) fn of(tag: &Tag) -> Self {
        let Some(mut tracks) = Tracks::of(tag) else { return Self::AsItIs };
        match tracks.find(|track| track.id == DEFAULT_TRACK) {
            Some(track) => Self::Payload(tracks.unwrapped(track)),
            None => Self::Nothing,
        }
    }
}

/// Looks at one byte, so that media without tracks cost nothing.
fn may_have_tracks(tag: &Tag) -> bool {
    let Some(&first) = tag.payload.first() else { return false };
    match tag.kind {
        TagKind::Audio => matches!(first, 0x95 | 0x97),
        TagKind::Video => first & 0x80 != 0 && matches!(first & 0x0f, 6 | MODIFIER),
        TagKind::Script => false,
    }
}

fn skip_modifier(reader: &mut Reader<'_>) -> Result<(), UnexpectedEnd> {
    let length = match reader.u8()? {
        // After a length byte of 255, the length is in the next two bytes.
        u8::MAX => usize::from(reader.u16()?),
        length => usize::from(length),
    };
    reader.take(length.saturating_add(1)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{OneTrack, Tracks};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    /// A name, a kind, a payload, and the payload for one track or what else becomes of it.
    type Case = (&'static str, TagKind, &'static [u8], Result<&'static [u8], OneTrack>);

    fn tag(kind: TagKind, payload: &[u8]) -> Tag {
        Tag { kind, timestamp: Timestamp(0), payload: payload.to_vec().into() }
    }

    #[test]
    fn receivers_of_one_track_get_the_default_track_without_its_number() {
        use TagKind::{Audio, Video};
        #[rustfmt::skip]
        let table: [Case; 14] = [
            ("one track, the default", Video, b"\x96\x01hvc1\x00\0\0\0ab", Ok(b"\x91hvc1\0\0\0ab")),
            ("one track, another", Video, b"\x96\x01hvc1\x01\0\0\0ab", Err(OneTrack::Nothing)),
            ("one track, empty", Audio, b"\x95\x02Opus\x00", Ok(b"\x92Opus")),
            ("many tracks", Video, b"\xa6\x13hvc1\x01\0\0\x01x\x00\0\0\x02ab", Ok(b"\xa3hvc1ab")),
            ("many codecs", Audio, b"\x95\x21Opus\x01\0\0\x01xfLaC\x00\0\0\x02ab",
                Ok(b"\x91fLaCab")),
            ("a modifier stays", Video, b"\x97\x02\0\0\x09\x06\x01av01\x00ab",
                Ok(b"\x97\x02\0\0\x09\x01av01ab")),
            ("two modifiers stay", Audio, b"\x97\x00z\x17\x00y\x05\x01Opus\x00ab",
                Ok(b"\x97\x00z\x17\x00y\x01Opusab")),
            ("a modifier without tracks", Video, b"\x97\x02\0\0\x09\x01av01ab",
                Err(OneTrack::AsItIs)),
            ("no tracks", Video, b"\x91av01ab", Err(OneTrack::AsItIs)),
            ("classic video", Video, b"\x16\x01\0\0\0", Err(OneTrack::AsItIs)),
            ("classic audio", Audio, b"\x25\x01", Err(OneTrack::AsItIs)),
            ("a command", Video, b"\xd6\x00", Err(OneTrack::AsItIs)),
            ("cut off in the header", Video, b"\x96\x01hvc", Err(OneTrack::AsItIs)),
            ("the default track is cut off", Video, b"\x96\x11hvc1\x00\0\0\x03ab",
                Err(OneTrack::Nothing)),
        ];
        for (name, kind, payload, expected) in table {
            let expected = match expected {
                Ok(payload) => OneTrack::Payload(payload.to_vec().into()),
                Err(other) => other,
            };
            assert_eq!(OneTrack::of(&tag(kind, payload)), expected, "{name}");
        }
    }

    #[test]
    fn all_tracks_are_read() {
        let video =
            tag(TagKind::Video, b"\x96\x20hvc1\x00\0\0\x01aav01\x07\0\0\x00avc1\x02\0\0\x09");
        let tracks = Tracks::of(&video).expect("it has tracks");
        assert_eq!(tracks.packet_type(), 0);
        let read: Vec<_> = tracks
            .map(|track| (track.id, track.four_cc.to_string(), track.body.to_vec()))
            .collect();
        let (hevc, av1) = ("hvc1".to_owned(), "av01".to_owned());
        assert_eq!(read, [(0, hevc, b"a".to_vec()), (7, av1, Vec::new())], "the last is cut off");
    }
}
