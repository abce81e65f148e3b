//! Messages in the form in which they are sent.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::protocol::chunk::{Message, SharedChunks};

/// Up to so many messages the allocator is welcome to keep a batch's buffers for the next one.
const FEW_MESSAGES: usize = 16;

/// The least room for the ends of more, just above the 1,032 bytes up to which glibc keeps what a
/// thread has freed for that thread alone, several pieces of each size: 2 KiB for each viewer of a
/// file (measured).
const UNCACHED_ENDS: usize = 130;

/// Messages cut into chunks, to be sent in one go. Payloads are shared, not copied.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// What is left to send.
    parts: VecDeque<Bytes>,
    /// For each message that is not sent whole, how many bytes are left of the batch at its end.
    ends: VecDeque<usize>,
    /// How many bytes are left of the batch.
    bytes: usize,
    /// Whether some of the first message has been sent.
    is_begun: bool,
}

/// Puts a [`Batch`] together.
#[derive(Debug)]
pub(crate) struct BatchBuilder {
    chunks: SharedChunks,
    /// For each message how many bytes there are at its end.
    ends: VecDeque<usize>,
}

impl BatchBuilder {
    /// No messages yet, but room for as many as `messages`.
    pub(crate) fn new(chunk_size: usize, messages: usize) -> Self {
        let room = if messages > FEW_MESSAGES { messages.max(UNCACHED_ENDS) } else { messages };
        Self {
            chunks: SharedChunks::new(chunk_size, messages),
            ends: VecDeque::with_capacity(room),
        }
    }

    pub(crate) fn push(&mut self, message: &Message) {
        self.chunks.push(message);
        self.ends.push_back(self.chunks.bytes());
    }

    pub(crate) fn finish(mut self) -> Batch {
        let bytes = self.chunks.bytes();
        for end in &mut self.ends {
            *end = bytes - *end;
        }
        let parts = self.chunks.finish().into();
        Batch { parts, ends: self.ends, bytes, is_begun: false }
    }
}

impl Batch {
    /// How many bytes are left to send.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    pub(crate) const fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// How many messages are not sent whole.
    pub(crate) fn messages(&self) -> usize {
        self.ends.len()
    }

    /// What is to be sent next.
    pub(crate) fn parts(&self) -> &[Bytes] {
        // All of them: parts are only ever taken off the front, so they do not wrap around.
        self.parts.as_slices().0
    }

    /// Takes note that `sent` bytes more have been sent.
    pub(crate) fn advance(&mut self, sent: usize) {
        self.take_front(sent, drop);
        self.is_begun = self.is_begun || sent > 0;
        while let Some(&left) = self.ends.front() {
            if left < self.bytes {
                break;
            }
            self.ends.pop_front();
            self.is_begun = left != self.bytes;
        }
    }

    /// Takes off the front what is left of one message.
    pub(crate) fn split_message(&mut self) -> Self {
        let left = self.ends.pop_front().unwrap_or_default();
        let bytes = self.bytes - left;
        let mut parts = VecDeque::new();
        self.take_front(bytes, |part| parts.push_back(part));
        let is_begun = std::mem::take(&mut self.is_begun);
        Self { parts, ends: [0].into(), bytes, is_begun }
    }

    /// Drops the messages of which nothing has been sent.
    pub(crate) fn drop_unbegun(&mut self) {
        *self = if self.is_begun { self.split_message() } else { Self::default() };
    }

    fn take_front(&mut self, mut length: usize, mut take: impl FnMut(Bytes)) {
        self.bytes -= length;
        while let Some(mut part) = self.parts.pop_front() {
            if part.len() > length {
                if length > 0 {
                    take(part.split_to(length));
                }
                self.parts.push_front(part);
                return;
            }
            length -= part.len();
            take(part);
        }
    }
}

impl From<Vec<Bytes>> for Batch {
    /// Bytes that are one message, in as many pieces.
    fn from(parts: Vec<Bytes>) -> Self {
        let bytes = parts.iter().map(Bytes::len).sum();
        Self { parts: parts.into(), ends: [0].into(), bytes, is_begun: false }
    }
}

impl From<Vec<u8>> for Batch {
    /// Replies, which are sent in one piece: nothing may come between them.
    fn from(bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        Self { parts: [bytes.into()].into(), ends: [0].into(), bytes: length, is_begun: false }
    }
}

#[cfg(test)]
mod tests {
    use super::Batch;

    /// Three messages of 5, 3 and 5 bytes, in pieces that do not end where they do.
    fn three() -> Batch {
        Batch {
            parts: ["ab", "cdefg", "hi", "jklm"].map(Into::into).into(),
            ends: [8, 5, 0].into(),
            bytes: 13,
            is_begun: false,
        }
    }

    fn text(batch: &Batch) -> String {
        batch.parts().iter().map(|part| std::str::from_utf8(part).unwrap()).collect()
    }

    #[test]
    fn sending_in_any_steps_leaves_the_rest_at_every_step() {
        let all = "abcdefghijklm";
        for step in 1..=all.len() {
            let mut batch = three();
            for sent in (0..all.len()).step_by(step) {
                assert_eq!(text(&batch), all[sent..]);
                assert_eq!(batch.bytes(), all.len() - sent);
                assert_eq!(batch.is_begun(), ![0, 5, 8].contains(&sent), "after {sent} bytes");
                batch.advance(step.min(batch.bytes()));
            }
            assert!(batch.is_empty());
            assert_eq!(batch.messages(), 0);
        }
    }

    #[test]
    fn a_message_is_split_off_with_what_is_left_of_it() {
        let mut batch = three();
        batch.advance(3);
        assert_eq!(batch.messages(), 3);
        let first = batch.split_message();
        assert_eq!((text(&first).as_str(), first.is_begun()), ("de", true));
        assert_eq!((text(&batch).as_str(), batch.is_begun()), ("fghijklm", false));
        assert_eq!((batch.messages(), batch.bytes()), (2, 8));
    }

    #[test]
    fn dropping_keeps_the_message_that_has_begun() {
        let mut batch = three();
        batch.drop_unbegun();
        assert!(batch.is_empty());
        let mut batch = three();
        batch.advance(6);
        batch.drop_unbegun();
        assert_eq!(text(&batch), "gh");
    }
}
