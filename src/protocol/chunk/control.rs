//! The two control messages that the chunk layer itself obeys.

use super::{Error, Message, MessageType, limits::MAX_MESSAGE_BYTES};
use crate::protocol::{ChunkStreamId, wire};

/// How long chunks are until a set-chunk-size message says otherwise (RTMP 1.0 §5.4.1).
pub(super) const DEFAULT_CHUNK_SIZE: usize = 128;

/// What a message tells the chunk layer to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// From now on chunks are this long (RTMP 1.0 §5.4.1).
    SetChunkSize(usize),
    /// The message under way on this chunk stream will not be finished (RTMP 1.0 §5.4.2).
    Abort(ChunkStreamId),
}

impl Control {
    /// What `message` tells the chunk layer; nothing, for all but two types.
    pub(super) fn of(message: &Message) -> Result<Option<Self>, Error> {
        let number = || {
            wire::Reader::new(&message.payload).u32().map_err(|_| Error::ControlTooShort {
                message_type: message.message_type.0,
                size: message.payload.len(),
            })
        };
        match message.message_type {
            MessageType::SET_CHUNK_SIZE => number().and_then(chunk_size).map(Some),
            MessageType::ABORT => Ok(Some(Self::Abort(ChunkStreamId(number()?)))),
            _ => Ok(None),
        }
    }
}

/// The top bit is reserved, and no chunk is longer than the longest message; GStreamer, ffmpeg and
/// OBS stay far below, but nothing forbids a peer to announce 2^31 - 1.
fn chunk_size(announced: u32) -> Result<Control, Error> {
    match usize::try_from(announced & 0x7fff_ffff) {
        Ok(0) => Err(Error::ZeroChunkSize),
        Ok(size) => Ok(Control::SetChunkSize(size.min(MAX_MESSAGE_BYTES))),
        Err(_) => Ok(Control::SetChunkSize(MAX_MESSAGE_BYTES)),
    }
}
