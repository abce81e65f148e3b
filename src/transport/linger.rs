//! The end of a connection whose peer still has bytes to read.

use std::time::{Duration, Instant};

use super::{Input, READ_BYTES, Transport, receive};

/// How long a peer may take to read the last bytes that were sent to it.
pub(crate) const LINGER_TIMEOUT: Duration = Duration::from_secs(1);

/// Stops writing, and reads and drops what still comes, so that the peer can read the last bytes.
///
/// A close with unread input makes the system reset the connection, which throws away bytes that
/// the peer has not read. Blocks until the peer closes the connection, or until `deadline`. Looks
/// at `may_go_on` before each read, and returns as soon as it says `false`.
pub(crate) fn linger(transport: &dyn Transport, deadline: Instant, may_go_on: impl Fn() -> bool) {
    let mut buffer = [0; READ_BYTES];
    transport.stop_writing();
    while may_go_on() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        if !matches!(receive(transport, &mut buffer, left), Ok(Input::Bytes(_))) {
            return;
        }
    }
}
