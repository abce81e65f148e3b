//! Messages as bytes.

use bytes::Bytes;

use crate::protocol::chunk::{Message, SharedChunks};

/// The allocator may keep the buffers of up to this many messages for the next ones.
const FEW_MESSAGES: usize = 16;

/// The least capacity for the ends of more messages. It is just above the 1,032 bytes up to which
/// glibc keeps what a thread has freed for that thread alone: 2 KiB for each viewer of a file
/// (measured: 43.1 against 41.1 KiB a viewer).
const UNCACHED_ENDS: usize = 130;

/// Messages as the bytes that are sent. Any number of clients may send the same ones.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// The bytes, in parts that are sent with one vectored write.
    parts: Vec<Bytes>,
    /// For each message, the number of bytes up to its end.
    ends: Vec<usize>,
}

/// Cuts messages into RTMP chunks.
#[derive(Debug)]
pub(crate) struct MessagesBuilder {
    chunks: SharedChunks,
    ends: Vec<usize>,
}

impl MessagesBuilder {
    /// Reserves room for `messages` messages. `chunk_size` is in bytes.
    pub(crate) fn new(chunk_size: usize, messages: usize) -> Self {
        let ends = if messages > FEW_MESSAGES { messages.max(UNCACHED_ENDS) } else { messages };
        Self { chunks: SharedChunks::new(chunk_size, messages), ends: Vec::with_capacity(ends) }
    }

    pub(crate) fn push(&mut self, message: &Message) {
        self.chunks.push(message);
        self.ends.push(self.chunks.bytes());
    }

    pub(crate) fn finish(self) -> Messages {
        Messages { parts: self.chunks.finish(), ends: self.ends }
    }
}

impl Messages {
    /// Makes messages of parts. `ends` has the number of bytes up to the end of each message.
    #[cfg(feature = "web")]
    pub(super) const fn from_parts(parts: Vec<Bytes>, ends: Vec<usize>) -> Self {
        Self { parts, ends }
    }

    pub(crate) fn parts(&self) -> &[Bytes] {
        &self.parts
    }

    /// Returns the same messages in one part.
    pub(crate) fn joined(&self) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes());
        self.parts.iter().for_each(|part| bytes.extend_from_slice(part));
        Self { parts: vec![bytes.into()], ends: self.ends.clone() }
    }

    pub(crate) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// Returns the number of messages.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the length of all messages, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }
}

#[cfg(feature = "web")]
impl From<Vec<Bytes>> for Messages {
    /// One message in several parts.
    fn from(parts: Vec<Bytes>) -> Self {
        let bytes = parts.iter().map(Bytes::len).fold(0, usize::saturating_add);
        Self { ends: vec![bytes], parts }
    }
}

impl From<Vec<u8>> for Messages {
    /// One message, or replies between which nothing else may be sent.
    fn from(bytes: Vec<u8>) -> Self {
        Self { ends: vec![bytes.len()], parts: vec![bytes.into()] }
    }
}
