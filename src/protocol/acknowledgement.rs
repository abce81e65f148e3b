//! Counts the bytes received by either side (RTMP 1.0 §5.4.3).

use crate::protocol::chunk::{self, Message};

/// The least distance between two acknowledgements, in bytes. Without it, a peer with a window of 1
/// would make us send sixteen bytes for each byte of its own.
const STEP_FLOOR: u64 = 1_024;

/// The bytes received, those acknowledged to the peer, and those that the peer acknowledged.
#[derive(Debug)]
pub(super) struct Acknowledgement {
    /// The distance between two acknowledgements, in bytes. `None` if the peer wants none.
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

    /// Sets the peer's window. The peer gets an acknowledgement at every half window, so that it
    /// never stops and waits. A window of 0 turns acknowledgements off.
    pub(super) fn set_window(&mut self, window: u32) {
        self.step = (window > 0).then(|| u64::from(window / 2).max(STEP_FLOOR));
    }

    /// Returns how many bytes may be read until the next acknowledgement is due.
    ///
    /// It is due at exactly that byte, even within a message: a peer may wait for it in the middle
    /// of a message longer than its window. And so the output does not depend on how the input was
    /// cut.
    pub(super) fn due_in(&self) -> usize {
        let Some(step) = self.step else { return usize::MAX };
        let left = step.saturating_sub(self.received.saturating_sub(self.reported));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Counts received bytes.
    pub(super) fn count(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes as u64);
    }

    /// Reads chunks from `input` up to the end of a message, or to the byte at which an
    /// acknowledgement is due. Counts what it reads.
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

    /// Returns the total to acknowledge, modulo 2^32, if an acknowledgement is due.
    pub(super) fn take_due(&mut self) -> Option<u32> {
        (self.due_in() == 0).then(|| {
            self.reported = self.received;
            self.received as u32
        })
    }

    /// Notes that the peer has received `total` bytes, modulo 2^32. Ignores a total that goes back.
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
    fn tiny_windows_do_not_flood() {
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
