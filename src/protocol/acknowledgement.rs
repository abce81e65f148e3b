//! Who has received how many bytes (RTMP 1.0 §5.4.3); of use to either side.

use crate::protocol::chunk::{self, Message};

/// The fewest bytes that are worth an acknowledgement: a peer with a window of 1 does not make us
/// send sixteen bytes for each of its own.
const STEP_FLOOR: u64 = 1_024;

/// What was received, what of it was acknowledged to the peer, and what of ours the peer
/// acknowledged.
#[derive(Debug)]
pub(super) struct Acknowledgement {
    /// Acknowledge whenever so many bytes have come; none: never.
    step: Option<u64>,
    received: u64,
    reported: u64,
    by_peer: u64,
}

impl Acknowledgement {
    pub(super) const fn new() -> Self {
        Self { step: None, received: 0, reported: 0, by_peer: 0 }
    }

    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    pub(super) const fn by_peer(&self) -> u64 {
        self.by_peer
    }

    /// The peer wants an acknowledgement every `window` bytes; it gets one every half, so that it
    /// need not stop and wait. A window of 0 wants none.
    pub(super) fn set_window(&mut self, window: u32) {
        self.step = (window > 0).then(|| u64::from(window / 2).max(STEP_FLOOR));
    }

    /// How many bytes may be read until the next acknowledgement is due.
    ///
    /// It is made at exactly that byte, in the middle of a message too: a peer that waits for it
    /// may be sending a message longer than its window, and what we send does not depend on how its
    /// bytes were cut.
    pub(super) fn due_in(&self) -> usize {
        let Some(step) = self.step else { return usize::MAX };
        let left = step.saturating_sub(self.received.saturating_sub(self.reported));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// So many more bytes were received.
    pub(super) fn count(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes as u64);
    }

    /// Reads from the chunks in `input` up to the end of a message, or to where an acknowledgement is
    /// due, and counts what was read.
    pub(super) fn read_message(
        &mut self,
        chunks: &mut chunk::Reader,
        input: &mut &[u8],
    ) -> Result<Option<Message>, chunk::Error> {
        let step = self.due_in().min(input.len());
        let (mut head, _) = input.split_at_checked(step).unwrap_or((input, &[]));
        let message = chunks.read(&mut head)?;
        let consumed = step.saturating_sub(head.len());
        *input = input.get(consumed..).unwrap_or_default();
        self.count(consumed);
        Ok(message)
    }

    /// The total to report now, if it is due: modulo 2^32, as the field is.
    pub(super) fn take_due(&mut self) -> Option<u32> {
        (self.due_in() == 0).then(|| {
            self.reported = self.received;
            self.received as u32
        })
    }

    /// The peer reports to have received `total` bytes, modulo 2^32. One that goes back is not
    /// believed.
    pub(super) fn reported_by_peer(&mut self, total: u32) {
        let more = total.wrapping_sub(self.by_peer as u32);
        if more <= u32::MAX / 2 {
            self.by_peer = self.by_peer.saturating_add(u64::from(more));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Acknowledgement;

    #[test]
    fn the_running_total_is_due_at_every_half_window() {
        let mut counter = Acknowledgement::new();
        counter.count(1_000_000);
        assert_eq!(counter.take_due(), None, "no window was announced");

        counter.set_window(10_000);
        assert_eq!(counter.take_due(), Some(1_000_000));
        assert_eq!(counter.due_in(), 5_000);
        counter.count(4_999);
        assert_eq!(counter.take_due(), None);
        counter.count(1);
        assert_eq!(counter.take_due(), Some(1_005_000));
        assert_eq!(counter.take_due(), None);
    }

    #[test]
    fn the_total_wraps_at_32_bits() {
        let mut counter = Acknowledgement::new();
        counter.set_window(u32::MAX);
        counter.count(0x1_0000_0005);
        assert_eq!(counter.take_due(), Some(5));
    }

    #[test]
    fn windows_of_nothing_do_not_flood() {
        let mut counter = Acknowledgement::new();
        counter.set_window(0);
        assert_eq!(counter.due_in(), usize::MAX);
        counter.set_window(1);
        assert_eq!(counter.due_in(), 1_024);
    }

    #[test]
    fn the_peers_total_is_followed_across_the_wrap_and_never_goes_back() {
        let mut counter = Acknowledgement::new();
        for (total, expected) in [
            (0x7000_0000, 0x7000_0000),
            (0x6000_0000, 0x7000_0000),
            (0xe000_0000, 0xe000_0000),
            (5, 0x1_0000_0005),
        ] {
            counter.reported_by_peer(total);
            assert_eq!(counter.by_peer(), expected);
        }
    }
}
