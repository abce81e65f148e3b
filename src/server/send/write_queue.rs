//! Bytes that are being sent.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::media::mux::Messages;

/// Messages that are being sent, of which only a part may have been sent so far. The payloads are
/// shared, not copied.
#[derive(Debug, Default)]
pub(crate) struct WriteQueue {
    parts: VecDeque<Bytes>,
    /// For each message that is not sent whole, the number of bytes of the queue behind its end.
    behind: VecDeque<usize>,
    bytes: usize,
    /// Whether a part of the first message has been sent.
    is_begun: bool,
}

impl WriteQueue {
    /// Returns the number of bytes that are left to send.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    pub(crate) const fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Returns the number of messages that are not sent whole.
    pub(crate) fn messages(&self) -> usize {
        self.behind.len()
    }

    /// Returns the bytes that must be sent next.
    pub(crate) fn parts(&self) -> &[Bytes] {
        // These are all: parts are only taken off the front, so the ring never wraps around.
        self.parts.as_slices().0
    }

    /// Removes the next `sent` bytes.
    pub(crate) fn advance(&mut self, sent: usize) {
        self.take_front(sent, drop);
        self.is_begun = self.is_begun || sent > 0;
        while let Some(&behind) = self.behind.front() {
            if behind < self.bytes {
                break;
            }
            self.behind.pop_front();
            self.is_begun = behind != self.bytes;
        }
    }

    /// Takes what is left of the first message off the front.
    pub(crate) fn split_message(&mut self) -> Self {
        let behind = self.behind.pop_front().unwrap_or_default();
        let bytes = self.bytes - behind;
        let mut parts = VecDeque::new();
        self.take_front(bytes, |part| parts.push_back(part));
        let is_begun = std::mem::take(&mut self.is_begun);
        Self { parts, behind: [0].into(), bytes, is_begun }
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

impl From<&Messages> for WriteQueue {
    fn from(messages: &Messages) -> Self {
        let bytes = messages.bytes();
        let parts = messages.parts().iter().cloned().collect();
        let behind = messages.ends().iter().map(|end| bytes - end).collect();
        Self { parts, behind, bytes, is_begun: false }
    }
}

impl From<Vec<Bytes>> for WriteQueue {
    /// One message in several parts.
    fn from(parts: Vec<Bytes>) -> Self {
        let bytes = parts.iter().map(Bytes::len).sum();
        Self { parts: parts.into(), behind: [0].into(), bytes, is_begun: false }
    }
}

impl From<Vec<u8>> for WriteQueue {
    /// One message.
    fn from(bytes: Vec<u8>) -> Self {
        vec![Bytes::from(bytes)].into()
    }
}

#[cfg(test)]
mod tests {
    use super::WriteQueue;

    /// Three messages of 5, 3 and 5 bytes, in parts that do not end where the messages end.
    fn three() -> WriteQueue {
        WriteQueue {
            parts: ["ab", "cdefg", "hi", "jklm"].map(Into::into).into(),
            behind: [8, 5, 0].into(),
            bytes: 13,
            is_begun: false,
        }
    }

    fn text(queue: &WriteQueue) -> String {
        queue.parts().iter().map(|part| std::str::from_utf8(part).unwrap()).collect()
    }

    #[test]
    fn sending_in_any_steps_leaves_the_rest_at_every_step() {
        let all = "abcdefghijklm";
        for step in 1..=all.len() {
            let mut queue = three();
            for sent in (0..all.len()).step_by(step) {
                assert_eq!(text(&queue), all[sent..]);
                assert_eq!(queue.bytes(), all.len() - sent);
                assert_eq!(queue.is_begun(), ![0, 5, 8].contains(&sent), "after {sent} bytes");
                queue.advance(step.min(queue.bytes()));
            }
            assert!(queue.is_empty());
            assert_eq!(queue.messages(), 0);
        }
    }

    #[test]
    fn a_message_is_split_off_with_what_is_left_of_it() {
        let mut queue = three();
        queue.advance(3);
        assert_eq!(queue.messages(), 3);
        let first = queue.split_message();
        assert_eq!((text(&first).as_str(), first.is_begun()), ("de", true));
        assert_eq!((text(&queue).as_str(), queue.is_begun()), ("fghijklm", false));
        assert_eq!((queue.messages(), queue.bytes()), (2, 8));
    }

    #[test]
    fn dropping_keeps_the_message_that_has_begun() {
        let mut queue = three();
        queue.drop_unbegun();
        assert!(queue.is_empty());
        let mut queue = three();
        queue.advance(6);
        queue.drop_unbegun();
        assert_eq!(text(&queue), "gh");
    }
}
