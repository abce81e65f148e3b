//! The bounds of requests and of tunnels.

use std::time::Duration;

/// How long requests may be.
///
/// ```
/// use rendercast::protocol::tunnel::Limits;
///
/// let limits = Limits { body_bytes: 16 << 10, ..Limits::default() };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest head of a request, in bytes. Defaults to 8 KiB. It may have 64 lines, whatever
    /// their length.
    pub head_bytes: usize,
    /// The longest body of a request, in bytes. Memory is taken as bytes arrive. Defaults to 1 MiB.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head_bytes: 8 << 10, body_bytes: 1 << 20 }
    }
}

/// What a tunnel holds, and how long it waits.
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::protocol::tunnel::Config;
///
/// let config = Config { idle_hold: Duration::from_millis(50), ..Config::default() };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// From how many unread bytes on no further request is taken; one body more may be there.
    /// Defaults to 64 KiB.
    pub in_bytes: usize,
    /// From how many bytes on that wait to be fetched no more are taken; one piece more may be
    /// there. Defaults to 1 MiB.
    pub out_bytes: usize,
    /// The longest answer, in bytes. The last one is kept until the next request, for the case that
    /// it gets lost. Defaults to 256 KiB.
    pub answer_bytes: usize,
    /// How long a request is held while there is nothing to answer: a client that asks as soon as
    /// it is answered would not rest otherwise (librtmp). Up to 16 times as long once a client has
    /// only been asking for a while. Defaults to 30 ms.
    pub idle_hold: Duration,
    /// How long a request may wait for those before it, and for room. Defaults to 10 s.
    pub turn_timeout: Duration,
    /// How long a tunnel lives that no connection is left of, and no request comes for. Defaults to
    /// 10 s.
    pub timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            in_bytes: 64 << 10,
            out_bytes: 1 << 20,
            answer_bytes: 256 << 10,
            idle_hold: Duration::from_millis(30),
            turn_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
        }
    }
}
