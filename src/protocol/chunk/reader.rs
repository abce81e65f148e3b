//! Puts messages together from chunks.

use super::control::{Control, INITIAL_CHUNK_SIZE, effective_chunk_size};
use super::header::{Fields, Header, MAX_HEADER_BYTES};
use super::stream::ChunkStream;
use super::{Error, Limits, Message, MessageType};
use crate::protocol::ChunkStreamId;
use crate::protocol::sorted_map::SortedMap;
use crate::protocol::wire::UnexpectedEnd;

/// Puts messages together from chunks.
///
/// Each chunk stream may have one message under way, interleaved with those of others. Input may be
/// split anywhere. Where peers differ, or break the rules, a reader does this:
///
/// - A type 0, 1 or 2 header while a message is under way on its chunk stream drops what has arrived
///   of that message, and starts another.
/// - A chunk stream's first header may be of type 1: its message belongs to message stream 0. It may
///   not be of type 2 or 3, which leave out the length.
/// - A type 3 header that starts a message adds the delta of the message before to its timestamp;
///   after a type 0 header, that one's timestamp (RTMP 1.0 §5.3.1.2.4).
/// - A type 3 header of a chunk stream whose timestamp is extended may repeat that timestamp (as
///   ffmpeg does) or not (as old versions of librtmp do).
///
/// ```
/// use rendercast::protocol::chunk::{Limits, Reader};
///
/// // A window acknowledgement size of 5000, byte by byte as a slow peer sends it.
/// let bytes = [2, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0x13, 0x88];
/// let mut reader = Reader::new(Limits::default());
/// let mut messages = Vec::new();
/// for byte in bytes.chunks(1) {
///     let mut input = byte;
///     messages.extend(reader.read(&mut input)?);
/// }
/// assert_eq!(messages[0].payload[..], 5000u32.to_be_bytes());
/// # Ok::<(), rendercast::protocol::chunk::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    chunk_size: usize,
    streams: SortedMap<ChunkStreamId, ChunkStream>,
    /// How many bytes the chunks have, all together, that have begun of messages under way.
    begun_bytes: usize,
    /// The chunk under way, past its header.
    chunk: Option<Chunk>,
    /// The first bytes of a header that has not arrived whole.
    held: Vec<u8>,
}

/// What is left of a chunk under way.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    chunk_stream_id: ChunkStreamId,
    left: usize,
}

impl Reader {
    /// A reader that has seen nothing yet: chunks are 128 bytes long.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_size: INITIAL_CHUNK_SIZE,
            streams: SortedMap::new(),
            begun_bytes: 0,
            chunk: None,
            held: Vec::new(),
        }
    }

    /// How long the peer's chunks are now, in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> usize {
        self.chunk_size
    }

    /// How many bytes have arrived of the messages that are not whole yet.
    #[must_use]
    pub fn partial_bytes(&self) -> usize {
        self.begun_bytes.saturating_sub(self.chunk.map_or(0, |chunk| chunk.left))
    }

    /// Reads on in `input`, moving it past what was consumed, until a message is whole.
    ///
    /// None: all of `input` was consumed and no message is whole. Set-chunk-size and abort messages
    /// take effect here before they are returned.
    ///
    /// # Errors
    /// What is wrong with the chunks; the connection cannot be read any further.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        let message =
            if self.held.is_empty() { self.read_on(input)? } else { self.read_held(input)? };
        if let Some(message) = &message {
            self.obey(message)?;
        }
        Ok(message)
    }

    /// Reads on where the first bytes of a header were held back.
    fn read_held(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        let mut bytes = std::mem::take(&mut self.held);
        let held = bytes.len();
        let more = MAX_HEADER_BYTES.saturating_sub(held).min(input.len());
        bytes.extend_from_slice(input.get(..more).unwrap_or_default());
        let Ok(header) = self.parse(&bytes) else {
            self.held = bytes;
            *input = &[];
            return Ok(None);
        };
        self.begin(&header)?;
        if let Some(consumed) = header.size.checked_sub(held) {
            take(input, consumed);
            return self.read_on(input);
        }
        // Bytes held for a repeated timestamp turned out to be payload, and what comes after.
        let mut payload = bytes.get(header.size..held).unwrap_or_default();
        let message = self.read_on(&mut payload)?;
        self.held.extend_from_slice(payload);
        match message {
            None if self.held.is_empty() => self.read_on(input),
            // At most two levels deep: what was held gets shorter.
            None => self.read_held(input),
            whole => Ok(whole),
        }
    }

    /// Reads on at a place where nothing is held back.
    fn read_on(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        loop {
            if let Some(chunk) = self.chunk.take()
                && let Some(message) = self.read_payload(chunk, input)?
            {
                return Ok(Some(message));
            }
            if input.is_empty() {
                return Ok(None);
            }
            let Ok(header) = self.parse(input) else {
                self.held.extend_from_slice(input);
                *input = &[];
                return Ok(None);
            };
            take(input, header.size);
            self.begin(&header)?;
        }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Header, UnexpectedEnd> {
        Header::parse(bytes, |id| self.streams.get(&id).map(ChunkStream::time))
    }

    /// Begins a chunk.
    fn begin(&mut self, header: &Header) -> Result<(), Error> {
        let &Header { chunk_stream_id, fields, .. } = header;
        let size = self.streams.len().saturating_add(1);
        let max = self.limits.chunk_streams;
        let stream = self
            .streams
            .get_or_try_insert(chunk_stream_id, || admit(chunk_stream_id, fields, size, max))?;
        if !stream.goes_on_with(fields) {
            self.begun_bytes = self.begun_bytes.saturating_sub(stream.arrived());
            stream.start(fields);
            if stream.length() > self.limits.message_bytes {
                let (size, max) = (stream.length(), self.limits.message_bytes);
                return Err(Error::MessageTooLong { size, max });
            }
        }
        let left = stream.missing().min(self.chunk_size);
        charge(&mut self.begun_bytes, left, self.limits)?;
        self.chunk = Some(Chunk { chunk_stream_id, left });
        Ok(())
    }

    /// Reads what has arrived of a chunk's payload, and of the chunks behind it that do nothing but go
    /// on with its message; the message, if that is whole.
    fn read_payload(&mut self, chunk: Chunk, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        let Chunk { chunk_stream_id, mut left } = chunk;
        let Some(stream) = self.streams.get_mut(&chunk_stream_id) else { return Ok(None) };
        loop {
            let arrived = take(input, left);
            left = left.saturating_sub(arrived.len());
            if let Some(message) = stream.append(chunk_stream_id, arrived, input, self.chunk_size) {
                self.begun_bytes = self.begun_bytes.saturating_sub(message.payload.len());
                return Ok(Some(message));
            }
            let rest = if left > 0 { None } else { stream.goes_on_at(chunk_stream_id, input) };
            let Some(rest) = rest else { break };
            *input = rest;
            left = stream.missing().min(self.chunk_size);
            charge(&mut self.begun_bytes, left, self.limits)?;
        }
        self.chunk = (left > 0).then_some(Chunk { chunk_stream_id, left });
        Ok(None)
    }

    fn obey(&mut self, message: &Message) -> Result<(), Error> {
        let message_type = message.message_type;
        if !matches!(message_type, MessageType::SET_CHUNK_SIZE | MessageType::ABORT) {
            return Ok(());
        }
        let control = Control::decode(message_type, &message.payload).map_err(|_| {
            Error::ControlTooShort { message_type: message_type.0, size: message.payload.len() }
        })?;
        match control {
            Some(Control::SetChunkSize(size)) => {
                self.chunk_size = effective_chunk_size(size).ok_or(Error::ZeroChunkSize)?;
            }
            Some(Control::Abort(chunk_stream_id)) => {
                if let Some(stream) = self.streams.get_mut(&chunk_stream_id) {
                    self.begun_bytes = self.begun_bytes.saturating_sub(stream.arrived());
                    stream.abort();
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A chunk stream, if it may start with such a header, and be one of `size`.
fn admit(
    chunk_stream_id: ChunkStreamId,
    fields: Fields,
    size: usize,
    max: usize,
) -> Result<ChunkStream, Error> {
    match fields {
        Fields::Type2 { .. } | Fields::Type3 => {
            Err(Error::NoPreviousHeader { chunk_stream_id, format: fields.format() })
        }
        _ if size > max => Err(Error::TooManyChunkStreams { size, max }),
        _ => Ok(ChunkStream::default()),
    }
}

/// Counts a chunk that begins. It counts in full before it arrives, so that the verdict does not
/// depend on how it is cut.
fn charge(begun_bytes: &mut usize, chunk: usize, limits: Limits) -> Result<(), Error> {
    let size = begun_bytes.saturating_add(chunk);
    if size > limits.partial_bytes {
        return Err(Error::PartialsTooLong { size, max: limits.partial_bytes });
    }
    *begun_bytes = size;
    Ok(())
}

/// Takes up to `length` bytes off the front of `input`.
fn take<'a>(input: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
    *input = rest;
    taken
}
