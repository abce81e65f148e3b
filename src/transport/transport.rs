//! The contract between a connection's threads and what carries its bytes.

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;

use crate::protocol::Carrier;

/// How long a peer takes to acknowledge a byte while none waits for the line.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    allow(dead_code, reason = "other systems do not say")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoundTrip {
    /// The shortest of the last minutes.
    pub(crate) shortest: Duration,
    /// By how much they differ at present.
    pub(crate) spread: Duration,
}

impl RoundTrip {
    /// Returns how long it takes at most, if round trips differ by `least_spread` or more.
    pub(crate) fn at_most(self, least_spread: Duration) -> Duration {
        self.shortest + self.spread.max(least_spread)
    }
}

/// Carries the bytes of one connection in both directions. Several threads use it at once.
///
/// One thread reads:
///
/// 1. It calls [`read`](Self::read), through [`receive`](super::receive::receive).
/// 2. It answers what came.
/// 3. Before it waits for the rest of a message it may call [`acknowledge`](Self::acknowledge).
///
/// Writers take turns. The caller makes sure that only one thread sends at a time:
///
/// 1. It calls [`try_send`](Self::try_send), which does not wait.
/// 2. If that returns [`io::ErrorKind::WouldBlock`], a thread that may wait calls
///    [`send`](Self::send) until all bytes are taken.
/// 3. If [`has_unsent`](Self::has_unsent) returns `true`, that thread calls
///    [`flush`](Self::flush).
///
/// A connection ends so:
///
/// 1. [`stop_reading`](Self::stop_reading), from any thread, ends the read under way.
/// 2. [`stop_writing`](Self::stop_writing) tells the peer that no more bytes follow.
/// 3. [`linger`](super::linger::linger) gives the peer time to read the last bytes.
/// 4. Dropping the transport closes it.
pub(crate) trait Transport: Send + Sync + fmt::Debug {
    /// Returns what carries the bytes.
    fn carrier(&self) -> Carrier;

    /// Reads what has arrived. Waits at most `timeout` for the first byte.
    ///
    /// Returns 0 if the peer sends no more.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] if no byte came in time.
    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;

    /// Returns whether [`read`](Self::read) would find something at once: bytes, or the end of the
    /// input. A transport that cannot tell says `true`.
    fn has_input(&self) -> bool {
        true
    }

    /// Returns whether [`wait_for`](Self::wait_for) waits.
    fn can_wait(&self) -> bool {
        false
    }

    /// Waits until `bytes` bytes have come, at most for `timeout`. Ends early at the end of the
    /// input, or if the system has no room for more. Returns whether [`read`](Self::read) would
    /// find something at once, as [`has_input`](Self::has_input) does.
    ///
    /// Returns at once unless the transport [can wait](Self::can_wait).
    fn wait_for(&self, _bytes: usize, _timeout: Duration) -> bool {
        self.has_input()
    }

    /// Sends what fits without waiting, and returns how many bytes were taken.
    ///
    /// The parts are shared, so a transport that keeps them for later does not copy them. A
    /// transport may take more than its socket does; the rest is then [unsent](Self::has_unsent).
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if nothing fits.
    fn try_send(&self, parts: &[Bytes]) -> io::Result<usize>;

    /// Reads the memory that the next send needs, so that it is in the processor's cache.
    fn prefetch(&self) {}

    /// Sends, and returns how many bytes were taken. Waits for room at most as long as the write
    /// timeout that the transport was made with.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] if the peer took nothing in that time.
    fn send(&self, parts: &[Bytes]) -> io::Result<usize>;

    /// Says whether more is sent in a moment. The system may hold back the last packet until then,
    /// so that more leaves with it. At first nothing is held back.
    fn hold_back(&self, _is_so: bool) {}

    /// Caps the bytes that the transport and the system hold unsent, so that live media waits where
    /// it can still be dropped.
    fn limit_unsent(&self, bytes: u32);

    /// Returns whether bytes that were taken have not left yet.
    fn has_unsent(&self) -> bool {
        false
    }

    /// Returns how many bytes the transport itself holds for either side. Returns `None` if the
    /// system holds them.
    fn held_bytes(&self) -> Option<usize> {
        None
    }

    /// Returns how many bytes that were taken have not reached the peer, as far as it is known.
    fn outgoing_bytes(&self) -> usize {
        self.held_bytes().unwrap_or_default()
    }

    /// Returns how long the peer takes to acknowledge a byte while none waits for the line. Returns
    /// `None` if the system does not say.
    fn round_trip(&self) -> Option<RoundTrip> {
        None
    }

    /// Waits until all bytes that were taken have left. Waits and fails as [`send`](Self::send)
    /// does.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// Says whether the next answer carries the acknowledgement of what was read, which saves a
    /// packet. Fits conversations in which each request is answered soon. At first it does not.
    fn acknowledge_with_answers(&self, _is_so: bool) {}

    /// Acknowledges at once what was read. A peer may hold back the rest of a message until then.
    fn acknowledge(&self) {}

    /// Ends the input. A thread that reads sees the end at once.
    fn stop_reading(&self);

    /// Tells the peer that no more bytes follow.
    fn stop_writing(&self);
}
