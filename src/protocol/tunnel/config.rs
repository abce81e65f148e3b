//! The buffers and timeouts of a tunnel.

use std::time::Duration;

/// The buffers and timeouts of a tunnel.
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::protocol::tunnel::Config;
///
/// let config = Config::new().idle_hold(Duration::from_millis(50));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Config {
    pub(super) in_bytes: usize,
    pub(super) out_bytes: usize,
    pub(super) answer_bytes: usize,
    pub(super) idle_hold: Duration,
    pub(super) turn_timeout: Duration,
    pub(super) timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// Returns the default settings.
    pub const fn new() -> Self {
        Self {
            in_bytes: 64 << 10,
            out_bytes: 1 << 20,
            answer_bytes: 256 << 10,
            idle_hold: Duration::from_millis(30),
            turn_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
        }
    }

    /// Sets how many bytes of the client may be unread before its next request waits. The tunnel
    /// may hold one body more. Defaults to 64 KiB.
    pub const fn in_bytes(mut self, bytes: usize) -> Self {
        self.in_bytes = bytes;
        self
    }

    /// Sets how many bytes may wait for the client to fetch them, at least 1. With more, the tunnel
    /// is congested, as a socket is that takes no more. It may hold one chunk of a message more.
    /// Payloads that viewers share count for each. Defaults to 1 MiB, as much as a socket takes:
    /// five seconds of 1.6 Mbit/s.
    pub const fn out_bytes(mut self, bytes: usize) -> Self {
        self.out_bytes = if bytes == 0 { 1 } else { bytes };
        self
    }

    /// Sets the length of the longest answer, in bytes, at least 2. The rest waits for the next
    /// request. Defaults to 256 KiB.
    ///
    /// Longer answers save requests, but a proxy may hold an answer back until it is whole. The
    /// last answer is kept until the next request, in case it gets lost.
    pub const fn answer_bytes(mut self, bytes: usize) -> Self {
        self.answer_bytes = if bytes < 2 { 2 } else { bytes };
        self
    }

    /// Sets how long a request is held while there is nothing to answer. Defaults to 30 ms.
    ///
    /// librtmp asks again as soon as it is answered, so a longer hold saves requests. ffmpeg sends
    /// nothing until it is answered, so a longer hold delays its commands. The hold doubles for a
    /// client whose last 8 requests were all empty, and again from 16 on, up to 16 times as long.
    /// Its next command is late once: by two holds and the client's own pause at worst.
    pub const fn idle_hold(mut self, hold: Duration) -> Self {
        self.idle_hold = hold;
        self
    }

    /// Sets how long a request may wait for those before it, and for room. It is then answered with
    /// 503, and the tunnel ends. Defaults to 10 s.
    pub const fn turn_timeout(mut self, timeout: Duration) -> Self {
        self.turn_timeout = timeout;
        self
    }

    /// Sets how long a tunnel lives while it has no connection and no request comes for it. It
    /// holds its threads and queues for that long. Defaults to 10 s.
    ///
    /// While a connection is left, the timeouts of sessions and queues end the tunnel, as they end
    /// any client.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}
