//! A chunk's header: its chunk stream, and as much of the message's header as changed.

use bytes::BufMut;

use super::MessageType;
use crate::protocol::wire::UnexpectedEnd;
use crate::protocol::{ChunkStreamId, MessageStreamId, wire};

/// The longest header: 3 bytes of chunk stream id, 11 of message header, 4 of extended timestamp.
pub(super) const MAX_HEADER_BYTES: usize = 18;

/// The 24-bit timestamp that announces a 32-bit one (RTMP 1.0 §5.3.1.3).
const EXTENDED: u32 = 0xff_ffff;

/// The timestamp or timestamp delta of a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    /// In milliseconds.
    pub(super) value: u32,
    /// Whether it is written as 32 bits after the header.
    pub(super) is_extended: bool,
}

impl Time {
    /// Extends `value` if it does not fit into 24 bits.
    pub(super) const fn new(value: u32) -> Self {
        Self { value, is_extended: value >= EXTENDED }
    }

    const fn field(self) -> u32 {
        if self.is_extended { EXTENDED } else { self.value }
    }
}

/// How much of a message's header a chunk repeats (RTMP 1.0 §5.3.1.2): types 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    /// All fields.
    Type0 {
        time: Time,
        /// In bytes.
        length: u32,
        message_type: MessageType,
        message_stream_id: MessageStreamId,
    },
    /// All but the message stream, which is that of the message before.
    Type1 { delta: Time, length: u32, message_type: MessageType },
    /// The delta only. Length and type are those of the message before.
    Type2 { delta: Time },
    /// Nothing: all is as before, or the chunk continues a message.
    Type3,
}

impl Fields {
    /// Returns the number of the type, 0 to 3.
    pub(super) const fn format(self) -> u8 {
        match self {
            Self::Type0 { .. } => 0,
            Self::Type1 { .. } => 1,
            Self::Type2 { .. } => 2,
            Self::Type3 => 3,
        }
    }
}

/// A chunk's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) chunk_stream_id: ChunkStreamId,
    pub(super) fields: Fields,
    /// Its length, in bytes.
    pub(super) size: usize,
}

impl Header {
    /// Reads the header at the start of `bytes`. `time_of` returns the last time in a header of a
    /// chunk stream: type 3 repeats it if it is extended.
    pub(super) fn parse(
        bytes: &[u8],
        time_of: impl FnOnce(ChunkStreamId) -> Option<Time>,
    ) -> Result<Self, UnexpectedEnd> {
        let mut reader = wire::Reader::new(bytes);
        let (format, chunk_stream_id) = basic_header(&mut reader)?;
        let fields = match format {
            0 => type_0(&mut reader)?,
            1 => type_1(&mut reader)?,
            2 => Fields::Type2 { delta: extend(reader.u24()?, &mut reader)? },
            _ => {
                if let Some(Time { value, is_extended: true }) = time_of(chunk_stream_id) {
                    skip_repeated(value, &mut reader)?;
                }
                Fields::Type3
            }
        };
        Ok(Self { chunk_stream_id, fields, size: reader.offset() })
    }
}

/// RTMP 1.0 §5.3.1.1.
fn basic_header(reader: &mut wire::Reader<'_>) -> Result<(u8, ChunkStreamId), UnexpectedEnd> {
    let first = reader.u8()?;
    let id = match first & 0x3f {
        0 => u32::from(reader.u8()?).saturating_add(64),
        1 => u32::from(reader.u16()?.swap_bytes()).saturating_add(64),
        id => u32::from(id),
    };
    Ok((first >> 6, ChunkStreamId(id)))
}

/// Returns whether `first` is a whole type 3 header of that chunk stream, extended timestamps
/// aside.
pub(super) fn is_short_type_3(first: u8, ChunkStreamId(id): ChunkStreamId) -> bool {
    (2..0x40).contains(&id) && u32::from(first) == 0xc0 | id
}

fn type_0(reader: &mut wire::Reader<'_>) -> Result<Fields, UnexpectedEnd> {
    let field = reader.u24()?;
    let length = reader.u24()?;
    let message_type = MessageType(reader.u8()?);
    let message_stream_id = MessageStreamId(reader.u32_le()?);
    let time = extend(field, reader)?;
    Ok(Fields::Type0 { time, length, message_type, message_stream_id })
}

fn type_1(reader: &mut wire::Reader<'_>) -> Result<Fields, UnexpectedEnd> {
    let field = reader.u24()?;
    let length = reader.u24()?;
    let message_type = MessageType(reader.u8()?);
    let delta = extend(field, reader)?;
    Ok(Fields::Type1 { delta, length, message_type })
}

fn extend(field: u32, reader: &mut wire::Reader<'_>) -> Result<Time, UnexpectedEnd> {
    let is_extended = field == EXTENDED;
    let value = if is_extended { reader.u32()? } else { field };
    Ok(Time { value, is_extended })
}

/// Skips the extended timestamp of a type 3 header, if there is one.
///
/// RTMP 1.0 §5.3.1.3 wants it in every type 3 chunk. ffmpeg writes and expects it; old versions of
/// librtmp leave it out. Only its value can tell: other bytes are payload. The first byte that
/// differs decides, so that the reader never waits for bytes that do not come.
fn skip_repeated(value: u32, reader: &mut wire::Reader<'_>) -> Result<(), UnexpectedEnd> {
    let value = value.to_be_bytes();
    let differs = reader.rest().iter().zip(value).any(|(&arrived, expected)| arrived != expected);
    if !differs {
        reader.take(value.len())?;
    }
    Ok(())
}

/// Appends the header of a chunk. `time` is the last time in a header of the chunk stream: type 3
/// repeats it if it is extended.
///
/// Clamps the chunk stream id to 2 to 65599, the range that can be written.
pub(super) fn put_header(
    chunk_stream_id: ChunkStreamId,
    fields: Fields,
    time: Time,
    out: &mut impl BufMut,
) {
    put_basic_header(fields.format(), chunk_stream_id, out);
    match fields {
        Fields::Type0 { time, length, message_type, message_stream_id } => {
            out.put_uint(u64::from(time.field()), 3);
            out.put_uint(u64::from(length), 3);
            out.put_u8(message_type.0);
            out.put_u32_le(message_stream_id.0);
        }
        Fields::Type1 { delta, length, message_type } => {
            out.put_uint(u64::from(delta.field()), 3);
            out.put_uint(u64::from(length), 3);
            out.put_u8(message_type.0);
        }
        Fields::Type2 { delta } => out.put_uint(u64::from(delta.field()), 3),
        Fields::Type3 => {}
    }
    if time.is_extended {
        out.put_u32(time.value);
    }
}

fn put_basic_header(format: u8, ChunkStreamId(id): ChunkStreamId, out: &mut impl BufMut) {
    let format = format << 6;
    match (u8::try_from(id.max(2)), id.saturating_sub(64)) {
        (Ok(id @ ..64), _) => out.put_u8(format | id),
        (_, above @ ..256) => {
            out.put_u8(format);
            out.put_slice(above.to_le_bytes().get(..1).unwrap_or_default());
        }
        (_, above) => {
            out.put_u8(format | 1);
            out.put_u16(u16::try_from(above).unwrap_or(u16::MAX).swap_bytes());
        }
    }
}
