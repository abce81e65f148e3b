//! Reads messages from chunks.

use super::control::{Control, INITIAL_CHUNK_SIZE, effective_chunk_size};
use super::header::{Fields, Header, MAX_HEADER_BYTES};
use super::stream::ChunkStream;
use super::{Error, Limits, Message, MessageType};
use crate::protocol::ChunkStreamId;
use crate::protocol::few_map::FewMap;
use crate::protocol::wire::UnexpectedEnd;

/// How many chunk streams players use: for control messages, commands and plays.
const FEW_STREAMS: usize = 3;

/// Reads messages from chunks.
///
/// Each chunk stream may have one unfinished message, interleaved with those of others. Input may
/// be split anywhere. Peers disagree on some rules, and break others. A reader does this:
///
/// - A type 0, 1 or 2 header within a message drops what has arrived of that message, and starts
///   another.
/// - A chunk stream's first header may have type 1: its message belongs to message stream 0. It may
///   not have type 2 or 3, which leave out the length.
/// - A type 3 header that starts a message adds the last delta to the timestamp. After a type 0
///   header it adds that header's timestamp (RTMP 1.0 §5.3.1.2.4).
/// - A type 3 header may repeat an extended timestamp (as ffmpeg does) or leave it out (as old
///   versions of librtmp do).
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
    streams: FewMap<ChunkStreamId, ChunkStream, FEW_STREAMS>,
    /// The bytes of all chunks, begun so far, of unfinished messages.
    begun_bytes: usize,
    /// The unfinished chunk, after its header.
    chunk: Option<Chunk>,
    /// The first bytes of an incomplete header.
    held: Vec<u8>,
}

/// The unread rest of a chunk.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    chunk_stream_id: ChunkStreamId,
    left: usize,
}

impl Reader {
    /// Creates a reader that has read nothing. Chunks are 128 bytes long.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_size: INITIAL_CHUNK_SIZE,
            streams: FewMap::new(),
            begun_bytes: 0,
            chunk: None,
            held: Vec::new(),
        }
    }

    /// Returns the peer's current chunk size, in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> usize {
        self.chunk_size
    }

    /// Returns how many bytes of unfinished messages have arrived.
    #[must_use]
    pub fn partial_bytes(&self) -> usize {
        self.begun_bytes.saturating_sub(self.chunk.map_or(0, |chunk| chunk.left))
    }

    /// Reads from `input`, and advances it, up to the end of a message.
    ///
    /// Returns `None` once all of `input` is consumed. Set-chunk-size and abort messages take
    /// effect before they are returned.
    ///
    /// # Errors
    /// Says what is wrong with the chunks. Later chunks cannot be read.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        let message =
            if self.held.is_empty() { self.read_on(input)? } else { self.read_held(input)? };
        if let Some(message) = &message {
            self.obey(message)?;
        }
        Ok(message)
    }

    /// Continues after the first bytes of a header were held back.
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
        // Bytes held as a repeated timestamp turned out to be payload and later chunks.
        let mut payload = bytes.get(header.size..held).unwrap_or_default();
        let message = self.read_on(&mut payload)?;
        self.held.extend_from_slice(payload);
        match message {
            None if self.held.is_empty() => self.read_on(input),
            // At most two levels deep: fewer bytes are held each time.
            None => self.read_held(input),
            whole => Ok(whole),
        }
    }

    /// Continues with no bytes held back.
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

    /// Reads what has arrived of a chunk's payload, and of later chunks that merely continue its
    /// message. Returns the message once it is whole.
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

/// Creates a chunk stream if it may start with this header and the limit is not reached.
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

/// Counts a chunk that begins. It counts in full before it arrives, so that the limit does not
/// depend on how the input is cut.
fn charge(begun_bytes: &mut usize, chunk: usize, limits: Limits) -> Result<(), Error> {
    let size = begun_bytes.saturating_add(chunk);
    if size > limits.partial_bytes {
        return Err(Error::PartialsTooLong { size, max: limits.partial_bytes });
    }
    *begun_bytes = size;
    Ok(())
}

/// Takes at most `length` bytes off the front of `input`.
fn take<'a>(input: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
    *input = rest;
    taken
}
