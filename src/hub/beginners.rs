//! The subscribers that are sent their first frames at present, each by its own thread.

use std::sync::Arc;

use super::frame::{Frame, Frames};
use super::held_bytes::bytes_of;
use super::stream_headers::StreamHeaders;
use super::subscriber::SubscriptionId;

/// The most bytes that are kept for one that begins. One that misses more waits for the
/// next key frame.
const MAX_MISSED_BYTES: usize = 4 << 20;

/// The subscribers that are sent their first frames at present, and what each has missed.
#[derive(Debug, Default)]
pub(super) struct Beginners(Vec<Beginner>);

#[derive(Debug)]
struct Beginner {
    id: SubscriptionId,
    missed: Vec<Missed>,
    /// What `missed` takes, roughly.
    bytes: usize,
    /// The last headers among the frames that were too many to keep.
    left_out: Option<StreamHeaders>,
}

/// Something that all others were sent or told while a subscriber began.
#[derive(Debug)]
pub(super) enum Missed {
    Frames(Arc<Frames>),
    /// A publisher has come.
    Publisher,
    /// Frames that were too many to keep, with the headers among them.
    TooMuch(Frames),
}

impl Beginners {
    pub(super) fn add(&mut self, id: SubscriptionId) {
        self.0.push(Beginner { id, missed: Vec::new(), bytes: 0, left_out: None });
    }

    /// Returns whether it was there.
    pub(super) fn remove(&mut self, id: SubscriptionId) -> bool {
        let before = self.0.len();
        self.0.retain(|beginner| beginner.id != id);
        self.0.len() < before
    }

    /// Notes frames that all others are sent now.
    pub(super) fn miss(&mut self, frames: &Arc<Frames>) {
        self.0.iter_mut().for_each(|beginner| beginner.miss(frames));
    }

    /// Notes that all others are told of a publisher now.
    pub(super) fn miss_publisher(&mut self) {
        self.0.iter_mut().for_each(|beginner| beginner.missed.push(Missed::Publisher));
    }

    /// Takes what a subscriber has missed, in order. Empty if it has missed nothing.
    pub(super) fn take_missed(&mut self, id: SubscriptionId) -> Vec<Missed> {
        let beginner = self.0.iter_mut().find(|beginner| beginner.id == id);
        beginner.map(Beginner::take_missed).unwrap_or_default()
    }

    /// Returns how many bytes are kept, roughly. They share most of them.
    pub(super) fn held_bytes(&self) -> usize {
        self.0.iter().map(|beginner| beginner.bytes).max().unwrap_or_default()
    }
}

impl Beginner {
    fn miss(&mut self, frames: &Arc<Frames>) {
        self.bytes = self.bytes.saturating_add(bytes_of(frames.iter()));
        self.missed.push(Missed::Frames(Arc::clone(frames)));
        if self.bytes > MAX_MISSED_BYTES || self.left_out.is_some() {
            self.leave_out();
        }
    }

    /// Keeps no frames but the last of each header.
    fn leave_out(&mut self) {
        let headers = self.left_out.get_or_insert_default();
        self.missed.retain(|missed| {
            let Missed::Frames(frames) = missed else { return true };
            for frame in frames.iter() {
                headers.note(frame);
            }
            false
        });
        self.bytes = bytes_of(headers.iter());
    }

    fn take_missed(&mut self) -> Vec<Missed> {
        self.bytes = 0;
        let mut missed = std::mem::take(&mut self.missed);
        if let Some(mut headers) = self.left_out.take() {
            let headers: Vec<Frame> = headers.take().collect();
            missed.push(Missed::TooMuch(Frames::for_few(headers)));
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Beginners, Frame, Frames, MAX_MISSED_BYTES, Missed, SubscriptionId};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    const ID: SubscriptionId = SubscriptionId(7);

    fn frames(head: [u8; 2], bytes: usize) -> Arc<Frames> {
        let mut payload = vec![0; bytes.max(6)];
        payload[..2].copy_from_slice(&head);
        let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload: payload.into() };
        Arc::new(vec![tag.into()].into())
    }

    /// Returns the payloads' lengths of each item, or what else it is.
    fn taken(beginners: &mut Beginners) -> Vec<String> {
        let lengths = |frames: &Frames| -> Vec<usize> {
            frames.iter().map(|frame| frame.tag.payload.len()).collect()
        };
        let taken = beginners.take_missed(ID);
        let text = |missed: &Missed| match missed {
            Missed::Frames(frames) => format!("{:?}", lengths(frames)),
            Missed::Publisher => "publisher".to_owned(),
            Missed::TooMuch(headers) => format!("too much, headers {:?}", lengths(headers)),
        };
        taken.iter().map(text).collect()
    }

    #[test]
    fn what_is_missed_is_kept_in_order_and_taken_once() {
        let mut beginners = Beginners::default();
        beginners.miss(&frames([0x17, 1], 10));
        beginners.add(ID);
        assert!(taken(&mut beginners).is_empty());
        beginners.miss(&frames([0x17, 1], 20));
        beginners.miss_publisher();
        beginners.miss(&frames([0x27, 1], 30));
        assert_eq!(beginners.held_bytes(), 50 + 2 * size_of::<Frame>());
        assert_eq!(taken(&mut beginners), ["[20]", "publisher", "[30]"]);
        assert!(taken(&mut beginners).is_empty());
        assert!(beginners.remove(ID) && !beginners.remove(ID));
        assert_eq!(beginners.held_bytes(), 0);
    }

    #[test]
    fn of_too_much_the_last_headers_are_kept() {
        let mut beginners = Beginners::default();
        beginners.add(ID);
        beginners.miss(&frames([0x17, 0], 40));
        let most = MAX_MISSED_BYTES - 40 - 2 * size_of::<Frame>();
        beginners.miss(&frames([0x27, 1], most));
        assert_eq!(beginners.held_bytes(), MAX_MISSED_BYTES);
        beginners.miss(&frames([0x27, 1], 10));
        beginners.miss_publisher();
        beginners.miss(&frames([0x17, 0], 50));
        beginners.miss(&frames([0x17, 1], 60));
        assert_eq!(beginners.held_bytes(), 50 + size_of::<Frame>());
        assert_eq!(taken(&mut beginners), ["publisher", "too much, headers [50]"]);
        beginners.miss(&frames([0x27, 1], 70));
        assert_eq!(taken(&mut beginners), ["[70]"]);
    }
}
