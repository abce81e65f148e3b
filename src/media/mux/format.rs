//! The formats in which a client can receive media.

#[cfg(feature = "web")]
use super::flv::{FlvFormat, Framing};
use super::messages::{Messages, MessagesBuilder};
use crate::media::{OneTrack, Tag};
use crate::protocol::chunk::Message;
use crate::protocol::{MessageStreamId, Timestamp};

/// A format in which a client can receive media. Clients with equal formats can be sent the same
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RTMP messages in chunks.
    Rtmp {
        /// The chunk size of the server, in bytes.
        chunk_size: usize,
        stream: MessageStreamId,
        tracks: TrackSupport,
    },
    /// FLV, in HTTP or a WebSocket.
    #[cfg(feature = "web")]
    Flv(FlvFormat),
    /// None: a client that wants a picture is sent no media.
    #[cfg(feature = "web")]
    Nothing,
}

/// Which tracks of multitrack messages a client can read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TrackSupport {
    /// All, in messages with track numbers.
    All,
    /// The default track, in messages without.
    #[default]
    One,
}

impl TrackSupport {
    /// Returns the tag as the client is sent it. Returns `None` if it is not.
    fn apply(self, tag: &Tag) -> Option<Tag> {
        if self == Self::All {
            return Some(tag.clone());
        }
        match OneTrack::of(tag) {
            OneTrack::AsItIs => Some(tag.clone()),
            OneTrack::Payload(payload) => Some(Tag { payload, ..tag.clone() }),
            OneTrack::Nothing => None,
        }
    }
}

impl Format {
    /// Returns the bytes of `tags`, whose timestamps are `offset` milliseconds ahead of those that
    /// the client is sent.
    pub(crate) fn encode<'a>(
        self,
        tags: impl ExactSizeIterator<Item = &'a Tag>,
        offset: u32,
    ) -> Messages {
        match self {
            Self::Rtmp { chunk_size, stream, tracks } => {
                let mut messages = MessagesBuilder::new(chunk_size, tags.len());
                for tag in tags {
                    let timestamp = Timestamp(tag.timestamp.0.wrapping_sub(offset));
                    if let Some(tag) = tracks.apply(tag) {
                        messages.push(&Tag { timestamp, ..tag }.into_message(stream));
                    }
                }
                messages.finish()
            }
            #[cfg(feature = "web")]
            Self::Flv(format) => format.encode(tags, offset),
            #[cfg(feature = "web")]
            Self::Nothing => Messages::default(),
        }
    }

    /// Returns whether the connection of a client ends with the play.
    pub(crate) const fn is_for_one_play(self) -> bool {
        match self {
            Self::Rtmp { .. } => false,
            #[cfg(feature = "web")]
            Self::Flv(format) => !matches!(format.framing, Framing::WebSocketWithEvents),
            #[cfg(feature = "web")]
            Self::Nothing => false,
        }
    }

    /// Returns the bytes of notices: messages outside of a session that are no media.
    pub(crate) fn notices(self, notices: &[Message]) -> Messages {
        match self {
            Self::Rtmp { chunk_size, .. } => {
                let mut messages = MessagesBuilder::new(chunk_size, notices.len());
                notices.iter().for_each(|notice| messages.push(notice));
                messages.finish()
            }
            #[cfg(feature = "web")]
            Self::Flv(format) => format.notices(notices),
            #[cfg(feature = "web")]
            Self::Nothing => Messages::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, TrackSupport};
    use crate::media::{Tag, TagKind};
    use crate::protocol::chunk::{Limits, Reader};
    use crate::protocol::{MessageStreamId, Timestamp};

    #[test]
    fn rtmp_is_in_chunks_with_the_timestamps_of_the_client() {
        let tag = |kind, time, length| Tag {
            kind,
            timestamp: Timestamp(time),
            payload: vec![0x27; length].into(),
        };
        let tags = [tag(TagKind::Video, 1000, 700), tag(TagKind::Audio, 1020, 9)];
        let tracks = TrackSupport::default();
        let format = Format::Rtmp { chunk_size: 128, stream: MessageStreamId(5), tracks };
        let messages = format.encode(tags.iter(), 990);
        let bytes: Vec<u8> = messages.parts().iter().flat_map(|part| part.to_vec()).collect();
        // Two headers of 12 bytes, and one of a byte for each of the five further chunks.
        assert_eq!(messages.ends(), [12 + 700 + 5, 12 + 700 + 5 + 12 + 9]);
        assert_eq!((messages.len(), messages.bytes()), (2, bytes.len()));
        let mut reader = Reader::new(Limits::default());
        let mut rest = &bytes[..];
        let mut read = Vec::new();
        while let Some(message) = reader.read(&mut rest).expect("valid chunks") {
            read.push(message);
        }
        let times: Vec<u32> = read.iter().map(|message| message.timestamp.0).collect();
        assert_eq!(times, [10, 30]);
        assert!(read.iter().all(|message| message.message_stream_id == MessageStreamId(5)));
    }
}
