//! Messages in the form in which they are sent.

use std::io::IoSlice;

use bytes::{Buf, Bytes};

use crate::protocol::chunk::{self, Message};

/// Messages cut into chunks, to be sent in one go. Payloads are shared, not copied.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// What is left to send; those before `next` have been sent.
    parts: Vec<Bytes>,
    next: usize,
    /// For each message the index one past its last part.
    ends: Vec<usize>,
    bytes: usize,
    /// Whether some of the message that `next` belongs to has been sent.
    is_begun: bool,
}

impl Batch {
    pub(crate) const fn new() -> Self {
        Self { parts: Vec::new(), next: 0, ends: Vec::new(), bytes: 0, is_begun: false }
    }

    pub(crate) fn push(&mut self, message: &Message, chunk_size: usize) {
        let first = self.parts.len();
        chunk::append_chunks(message, chunk_size, &mut self.parts);
        self.bytes += self.parts[first..].iter().map(Bytes::len).sum::<usize>();
        self.ends.push(self.parts.len());
    }

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
        self.ends.iter().filter(|end| **end > self.next).count()
    }

    /// Fills `slices` with what is to be sent next, and says how many of them it filled.
    pub(crate) fn fill<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let left = self.parts.iter().skip(self.next);
        slices.iter_mut().zip(left).map(|(slice, part)| *slice = IoSlice::new(part)).count()
    }

    /// Takes note that `sent` bytes more have been sent.
    pub(crate) fn advance(&mut self, mut sent: usize) {
        self.bytes -= sent;
        while sent > 0 {
            let part = &mut self.parts[self.next];
            if part.len() > sent {
                part.advance(sent);
                self.is_begun = true;
                return;
            }
            sent -= part.len();
            *part = Bytes::new();
            self.next += 1;
            self.is_begun = self.ends.binary_search(&self.next).is_err();
        }
    }

    /// Takes off the front what is left of one message.
    pub(crate) fn split_message(&mut self) -> Self {
        let end = self.ends.iter().copied().find(|end| *end > self.next).unwrap_or(self.next);
        let parts: Vec<Bytes> =
            self.parts[self.next..end].iter_mut().map(std::mem::take).collect();
        let bytes = parts.iter().map(Bytes::len).sum();
        let taken =
            Self { ends: vec![parts.len()], parts, next: 0, bytes, is_begun: self.is_begun };
        self.next = end;
        self.bytes -= bytes;
        self.is_begun = false;
        taken
    }

    /// Drops the messages of which nothing has been sent.
    pub(crate) fn drop_unbegun(&mut self) {
        *self = if self.is_begun { self.split_message() } else { Self::new() };
    }
}

impl From<Vec<u8>> for Batch {
    /// Replies, which are sent in one piece: nothing may come between them.
    fn from(bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        Self { parts: vec![bytes.into()], next: 0, ends: vec![1], bytes: length, is_begun: false }
    }
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use super::Batch;

    fn three() -> Batch {
        let mut batch = Batch::new();
        for (parts, end) in [(["ab", "cde"], 2), (["f", "gh"], 4), (["i", "jklm"], 6)] {
            for part in parts {
                batch.bytes += part.len();
                batch.parts.push(part.into());
            }
            batch.ends.push(end);
        }
        batch
    }

    fn text(batch: &Batch) -> String {
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = batch.fill(&mut slices);
        slices[..filled].iter().map(|slice| std::str::from_utf8(slice).unwrap()).collect()
    }

    #[test]
    fn sending_byte_by_byte_leaves_the_rest_at_every_step() {
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
