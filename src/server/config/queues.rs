//! The bounds of what waits to be sent.

use std::time::Duration;

use crate::transport::SocketOptions;

/// More than any system grants, and few enough to be doubled.
const MAX_SOCKET_BYTES: usize = 1 << 29;

const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);

/// The bounds of what waits to be sent to a client.
///
/// ```
/// use rendercast::config::Queues;
///
/// // For rendered pictures, of which only the last is of use.
/// let queues = Queues::default().outqueue_length(1);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Queues {
    pub(crate) outqueue_length: usize,
    pub(crate) outqueue_bytes: usize,
    pub(crate) live_unsent_bytes: u32,
    pub(crate) socket_bytes: usize,
    pub(crate) reply_bytes: usize,
    pub(crate) calls_in_flight: usize,
    pub(crate) deferred_replies: usize,
    pub(crate) write_timeout: Duration,
}

impl Default for Queues {
    fn default() -> Self {
        Self {
            outqueue_length: 8,
            outqueue_bytes: 4 << 20,
            live_unsent_bytes: 64 << 10,
            socket_bytes: 512 << 10,
            reply_bytes: 64 << 10,
            calls_in_flight: 1024,
            deferred_replies: 256,
            write_timeout: Duration::from_secs(5 * 60),
        }
    }
}

impl Queues {
    /// Sets how many entries a stream's bounded channel holds, at least 1. Defaults to 8.
    ///
    /// All that a frame handler sends in one call is one entry. A full channel is the frame
    /// handler's `outqueue_is_full`. At 25 calls per second an entry is up to 40 ms of delay,
    /// beside the delay of the socket's buffer.
    pub const fn outqueue_length(mut self, entries: usize) -> Self {
        self.outqueue_length = if entries == 0 { 1 } else { entries };
        self
    }

    /// Sets how many bytes make a stream's bounded channel full, whatever the number of its
    /// entries, at least 1. Defaults to 4 MiB.
    ///
    /// The channel may hold one entry more than that. Payloads that viewers share count for each.
    pub const fn outqueue_bytes(mut self, bytes: usize) -> Self {
        self.outqueue_bytes = if bytes == 0 { 1 } else { bytes };
        self
    }

    /// Sets how many unsent bytes the system may hold for a client of a live stream, at least 1.
    /// The rest waits in the outqueue. Defaults to 64 KiB.
    ///
    /// Without this bound the system's buffer holds megabytes. On a slow line they are seconds of
    /// delay, of which the frame handler is not told. A stream that is
    /// [recorded](crate::PlayOut::set_recorded) is sent ahead, and has the system's own bound. So
    /// has every stream over a Unix socket, and on other systems than Linux.
    pub const fn live_unsent_bytes(mut self, bytes: u32) -> Self {
        // For Linux 0 means no bound.
        self.live_unsent_bytes = if bytes == 0 { 1 } else { bytes };
        self
    }

    /// Sets how many bytes the system may hold for a client that the network has not delivered
    /// (SO_SNDBUF). 0 leaves it to the system. Defaults to 512 KiB. Has no effect on Unix sockets.
    ///
    /// Left to itself, Linux lets the buffer grow to some 4 MB for each client that does not read.
    /// It grants twice the bytes that are set, for its own overhead, and counts no more than
    /// `net.core.wmem_max`, usually 208 KiB. Raise that one too for clients that are far away.
    ///
    /// A client gets at most this many bytes per round trip. So a buffer that is too small delays
    /// films, and one that is too large costs memory. Measured with `net.core.wmem_max` at 4 MiB: a
    /// film of 10 Mbit/s over a round trip of 200 ms, of which 10 s are sent at once, and the
    /// system's memory for 500 viewers of 1.6 Mbit/s who do not read.
    ///
    /// | bytes | 15 s of the film take | 500 viewers |
    /// |---|---|---|
    /// | 64 KiB | 52.9 s | |
    /// | 256 KiB | 14.1 s | 254 MiB |
    /// | 512 KiB | 7.3 s | 499 MiB |
    /// | 1 MiB | 6.9 s | 1,006 MiB |
    /// | 0 | 8.2 s | 1,500 MiB |
    pub const fn socket_bytes(mut self, bytes: usize) -> Self {
        self.socket_bytes = if bytes > MAX_SOCKET_BYTES { MAX_SOCKET_BYTES } else { bytes };
        self
    }

    /// Sets how many bytes of replies may wait for one client. While more wait, the server does not
    /// read the client's requests. Defaults to 64 KiB.
    pub const fn reply_bytes(mut self, bytes: usize) -> Self {
        self.reply_bytes = bytes;
        self
    }

    /// Sets how many of the application's calls to one client may wait for an answer. Each takes
    /// some 100 bytes. Defaults to 1024.
    pub const fn calls_in_flight(mut self, calls: usize) -> Self {
        self.calls_in_flight = calls;
        self
    }

    /// Sets how many calls of one client may wait for an answer that its handler
    /// [gives later](crate::Connection::defer_reply). Further ones are refused. Defaults to 256.
    pub const fn deferred_replies(mut self, calls: usize) -> Self {
        self.deferred_replies = calls;
        self
    }

    /// Sets how long a client may take nothing at all before its connection ends, at least a
    /// millisecond. Defaults to 5 minutes, because mpv pauses by not reading.
    ///
    /// For that long the client can hold its threads and full queues.
    pub const fn write_timeout(mut self, timeout: Duration) -> Self {
        // For the system zero means no timeout.
        self.write_timeout = if timeout.as_millis() == 0 { SHORTEST_TIMEOUT } else { timeout };
        self
    }

    /// Returns what the sockets of clients are set to.
    pub(crate) const fn socket_options(&self) -> SocketOptions {
        let (write_timeout, send_buffer_bytes) = (self.write_timeout, self.socket_bytes);
        SocketOptions { write_timeout, send_buffer_bytes }
    }
}
