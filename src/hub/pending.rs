//! The frames that a source has handed over, and that are not sent yet.

use std::time::Instant;

use super::frame::Frame;
use super::held_bytes::{HeldPart, bytes_of};

/// How many frames may wait. At 68 a second these are a minute.
const MAX_FRAMES: usize = 4096;

/// How many bytes may wait. That is enough for 6 Mbit/s over five seconds.
const MAX_BYTES: usize = 4 << 20;

/// The frames that a source has handed over, and that are not sent yet. They leave together.
#[derive(Debug)]
pub(super) struct Pending {
    frames: Vec<Frame>,
    bytes: HeldPart,
    /// When they must leave. `None` if there are none.
    due: Option<Instant>,
}

impl Pending {
    pub(super) const fn new(bytes: HeldPart) -> Self {
        Self { frames: Vec::new(), bytes, due: None }
    }

    /// Adds frames. All that waits must leave at `due` now, if not earlier. Returns whether that is
    /// earlier than before.
    pub(super) fn push(&mut self, frames: Vec<Frame>, due: Instant) -> bool {
        self.bytes.add(bytes_of(&frames));
        if self.frames.is_empty() {
            self.frames = frames;
        } else {
            self.frames.extend(frames);
        }
        let is_earlier = self.due.is_none_or(|before| due < before);
        if is_earlier {
            self.due = Some(due);
        }
        is_earlier
    }

    /// Returns when the frames must leave, or `None` if there are none.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Returns whether so much waits that all of it must leave now.
    pub(super) fn is_full(&self) -> bool {
        self.frames.len() >= MAX_FRAMES || self.bytes.get() >= MAX_BYTES
    }

    /// Returns the frames in order, and keeps none.
    pub(super) fn take(&mut self) -> Vec<Frame> {
        self.bytes.set(0);
        self.due = None;
        std::mem::take(&mut self.frames)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Frame, HeldPart, MAX_BYTES, MAX_FRAMES, Pending};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    fn frame(bytes: usize) -> Frame {
        let payload = vec![0x27; bytes].into();
        Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload }.into()
    }

    #[test]
    fn what_waits_leaves_together_when_the_first_of_it_is_due() {
        let mut pending = Pending::new(HeldPart::default());
        let due = Instant::now();
        assert_eq!(pending.due(), None);
        pending.push(vec![frame(5)], due);
        pending.push(vec![frame(6), frame(7)], due + Duration::from_millis(20));
        assert_eq!(pending.due(), Some(due));
        assert_eq!(pending.take(), [frame(5), frame(6), frame(7)]);
        assert_eq!(pending.due(), None);
        assert!(pending.take().is_empty());
    }

    #[test]
    fn what_is_due_earlier_takes_along_what_waits() {
        let mut pending = Pending::new(HeldPart::default());
        let due = Instant::now();
        assert!(pending.push(vec![frame(5)], due + Duration::from_millis(20)));
        assert!(pending.push(vec![frame(6)], due));
        assert!(!pending.push(vec![frame(7)], due));
        assert_eq!(pending.due(), Some(due));
        assert_eq!(pending.take(), [frame(5), frame(6), frame(7)]);
    }

    #[test]
    fn it_is_full_by_frames_and_by_bytes_until_all_is_taken() {
        for (count, bytes) in [(MAX_FRAMES, 5), (2, MAX_BYTES / 2 - 1)] {
            let mut pending = Pending::new(HeldPart::default());
            for _ in 1..count {
                pending.push(vec![frame(bytes)], Instant::now());
            }
            assert!(!pending.is_full());
            pending.push(vec![frame(bytes)], Instant::now());
            assert!(pending.is_full());
            assert_eq!(pending.take().len(), count);
            assert!(!pending.is_full());
        }
    }
}
