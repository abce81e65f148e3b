//! A connection's bytes: what carries them, and nothing of what they mean.

mod socket;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "tunnel")]
mod tunnel;

pub(crate) use socket::{Kind, Socket};
#[cfg(feature = "tunnel")]
pub(crate) use tunnel::Tunnel;

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;

/// A connection's bytes, both ways, used by several threads at once.
///
/// One thread reads. Writers take turns: the caller sees to it that one message is not cut by
/// another.
pub(crate) trait Transport: Send + Sync + fmt::Debug {
    /// Its name, as a connection's `transport` property tells it.
    fn name(&self) -> &'static str;

    /// Reads what there is, waiting for it at most `timeout`.
    ///
    /// `Ok(0)`: the peer sends no more. [`io::ErrorKind::TimedOut`]: nothing came.
    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;

    /// Sends what fits without waiting; [`io::ErrorKind::WouldBlock`] where nothing does. The parts
    /// are shared, so that whoever keeps them for later need not copy them. A transport may take more
    /// than its socket does, and have the rest [unsent](Self::has_unsent).
    fn try_send(&self, parts: &[Bytes]) -> io::Result<usize>;

    /// Sends, waiting for room at most as long as the write timeout that it was made with.
    ///
    /// [`io::ErrorKind::TimedOut`]: the peer took nothing in all that time.
    fn send(&self, parts: &[Bytes]) -> io::Result<usize>;

    /// Has sending find no more room once so many bytes wait for the network to take them, whatever
    /// buffers the system has: what waits longer than it has to is old when it is seen.
    fn limit_unsent(&self, bytes: u32);

    /// Whether some of what was taken has not left yet; [`flush`](Self::flush) waits for that.
    fn has_unsent(&self) -> bool {
        false
    }

    /// Waits until all that was taken has left; otherwise as [`send`](Self::send).
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// Has what is read acknowledged along with the next answer, as long as nobody
    /// [asks](Self::acknowledge) for more: for conversations in which answers come soon.
    #[cfg(feature = "tunnel")]
    fn acknowledge_with_answers(&self) {}

    /// Acknowledges what was read: the peer may wait for that with the rest.
    fn acknowledge(&self) {}

    /// Has the reading thread see the end of its input, at once.
    fn stop_reading(&self);

    /// Tells the peer that nothing more will come.
    fn stop_writing(&self);
}
