//! The bounded queue between a stream and the thread that writes it.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::hub::{End, Frame, Frames, HeldPart, Reception, StreamHeaders, Subscriber, bytes_of};
use crate::media::TagClass;
use crate::protocol::Timestamp;
use crate::sync::{Condition, lock, wait};

/// The most entries that wait. Each takes some hundred bytes beside its payloads.
const MAX_ENTRIES: usize = 8192;

/// The bounded queue between a stream and the thread that writes it.
///
/// When it is full, what comes is left out. The video then goes on at the next key frame, behind
/// the headers that were left out.
#[derive(Debug)]
pub(super) struct RecordQueue {
    state: Mutex<State>,
    /// Notified when an entry comes, and when the queue closes.
    changed: Condition,
    max_bytes: usize,
}

#[derive(Debug)]
struct State {
    entries: VecDeque<Frames>,
    /// What the entries take.
    bytes: HeldPart,
    /// The metadata and headers that were left out and that are needed.
    missed: StreamHeaders,
    needs_key_frame: bool,
    /// Whether frames are left out that were sent before the recording began.
    skips_past: bool,
    dropped: u64,
    is_closed: bool,
}

impl RecordQueue {
    /// `skips_past` leaves out frames until [`past_is_over`](Self::past_is_over). What waits counts
    /// for `bytes`.
    pub(super) fn new(max_bytes: usize, skips_past: bool, bytes: HeldPart) -> Self {
        Self {
            state: Mutex::new(State {
                entries: VecDeque::new(),
                bytes,
                missed: StreamHeaders::default(),
                needs_key_frame: false,
                skips_past,
                dropped: 0,
                is_closed: false,
            }),
            changed: Condition::new(),
            max_bytes,
        }
    }

    /// Takes frames from now on.
    pub(super) fn past_is_over(&self) {
        lock(&self.state).skips_past = false;
    }

    /// Takes nothing more. What waits is still written.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }

    /// Takes nothing more, and forgets what waits.
    pub(super) fn abandon(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        state.bytes.set(0);
        state.entries = VecDeque::new();
    }

    /// Returns the next frames if there are any now.
    pub(super) fn try_pop(&self) -> Option<Frames> {
        lock(&self.state).pop()
    }

    /// Waits for the next frames. Returns `None` once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<Frames> {
        let mut state = lock(&self.state);
        loop {
            if let Some(frames) = state.pop() {
                return Some(frames);
            }
            if state.is_closed {
                return None;
            }
            state = wait(&self.changed, state);
        }
    }

    /// Returns how many frames were left out because the disk did not keep up.
    pub(super) fn dropped(&self) -> u64 {
        lock(&self.state).dropped
    }

    fn push(&self, frames: &Frames, offset: u32) -> Reception {
        let mut state = lock(&self.state);
        if state.is_closed {
            return Reception::Gone;
        }
        let held = state.bytes.get();
        let is_full = held > 0 && held.saturating_add(bytes_of(frames.iter())) > self.max_bytes
            || state.entries.len() >= MAX_ENTRIES;
        if is_full || state.skips_past {
            state.leave_out(frames);
            return Reception::Ok;
        }
        let wanted: Vec<Frame> = state.wanted(frames, offset);
        state.bytes.add(bytes_of(&wanted));
        state.entries.push_back(wanted.into());
        self.changed.notify_all();
        Reception::Ok
    }
}

impl State {
    fn pop(&mut self) -> Option<Frames> {
        let frames = self.entries.pop_front()?;
        self.bytes.subtract(bytes_of(frames.iter()));
        Some(frames)
    }

    fn leave_out(&mut self, frames: &Frames) {
        for frame in frames.iter() {
            self.missed.note(frame);
        }
        self.needs_key_frame = true;
        if !self.skips_past {
            self.dropped = self.dropped.saturating_add(frames.len() as u64);
        }
    }

    /// Returns the headers that were missed, then the frames, at the times of the recording.
    fn wanted(&mut self, frames: &Frames, offset: u32) -> Vec<Frame> {
        let start = frames.first().map(|frame| frame.tag.timestamp).unwrap_or_default();
        let missed = self.missed.take().map(|mut header| {
            header.tag.timestamp = start;
            header
        });
        let mut wanted: Vec<Frame> = missed.collect();
        for frame in frames.iter() {
            self.needs_key_frame &= frame.class != TagClass::KeyFrame;
            let depends = matches!(frame.class, TagClass::InterFrame | TagClass::DisposableFrame);
            if !(self.needs_key_frame && depends) {
                wanted.push(frame.clone());
            }
        }
        for frame in &mut wanted {
            frame.tag.timestamp = Timestamp(frame.tag.timestamp.0.wrapping_sub(offset));
        }
        wanted
    }
}

impl Subscriber for RecordQueue {
    fn position(&self) -> Timestamp {
        Timestamp(0)
    }

    fn send(&self, frames: &Frames, offset: u32) -> Reception {
        self.push(frames, offset)
    }

    fn await_key_frame(&self) {
        lock(&self.state).needs_key_frame = true;
    }

    fn ended(&self, _: End) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::{Frames, Reception, RecordQueue, Subscriber};
    use crate::hub::{Frame, HeldPart};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1];
    const KEY: &[u8] = &[0x17, 1, 0, 0, 0, 1];
    const INTER: &[u8] = &[0x27, 1, 0, 0, 0, 1];

    fn frames(time: u32, payloads: &[&[u8]]) -> Frames {
        let frame = |payload: &&[u8]| {
            let payload = payload.to_vec().into();
            Frame::from(Tag { kind: TagKind::Video, timestamp: Timestamp(time), payload })
        };
        payloads.iter().map(frame).collect::<Vec<_>>().into()
    }

    fn payloads(frames: &Frames) -> Vec<&[u8]> {
        frames.iter().map(|frame| &frame.tag.payload[..]).collect()
    }

    #[test]
    fn a_full_queue_leaves_out_whole_groups_and_goes_on_with_headers_and_a_key_frame() {
        let queue =
            RecordQueue::new(2 * KEY.len() + 2 * size_of::<Frame>(), false, HeldPart::default());
        assert_eq!(queue.send(&frames(100, &[KEY, INTER]), 100), Reception::Ok);
        assert_eq!(queue.send(&frames(140, &[HEADER, KEY]), 100), Reception::Ok);
        assert_eq!(queue.dropped(), 2);
        let first = queue.try_pop().expect("it waits");
        assert_eq!(payloads(&first), [KEY, INTER]);
        assert_eq!(first[0].tag.timestamp, Timestamp(0));
        queue.send(&frames(180, &[INTER]), 100);
        assert_eq!(payloads(&queue.try_pop().unwrap()), [HEADER]);
        queue.send(&frames(220, &[KEY]), 100);
        assert_eq!(payloads(&queue.try_pop().unwrap()), [KEY]);
    }

    #[test]
    fn what_waits_is_taken_after_the_end() {
        let queue = RecordQueue::new(1000, false, HeldPart::default());
        queue.send(&frames(0, &[KEY]), 0);
        queue.close();
        assert_eq!(queue.send(&frames(0, &[KEY]), 0), Reception::Gone);
        assert!(queue.pop().is_some() && queue.pop().is_none());
        queue.abandon();
        assert!(queue.pop().is_none());
    }

    #[test]
    fn the_past_may_be_left_out() {
        let queue = RecordQueue::new(1000, true, HeldPart::default());
        queue.send(&frames(0, &[HEADER, KEY, INTER]), 0);
        queue.past_is_over();
        assert!(queue.try_pop().is_none() && queue.dropped() == 0);
        queue.send(&frames(40, &[INTER, KEY, INTER]), 0);
        assert_eq!(payloads(&queue.try_pop().unwrap()), [HEADER, KEY, INTER]);
    }
}
