//! What a tunnel holds, and how long it waits.

use std::time::Duration;

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
    /// Once so many bytes of the client are unread, no further request is taken. The tunnel may
    /// hold one body more. Defaults to 64 KiB.
    pub in_bytes: usize,
    /// Once so many bytes wait to be fetched, no more are taken. The tunnel may hold one part more.
    /// Defaults to 1 MiB.
    pub out_bytes: usize,
    /// The longest answer, in bytes. The last answer is kept until the next request, in case it
    /// gets lost. Defaults to 256 KiB.
    pub answer_bytes: usize,
    /// How long a request is held while there is nothing to answer. A client that asks as soon as
    /// it is answered would not rest otherwise (librtmp). A client that only asks for a while is
    /// held up to 16 times as long. Defaults to 30 ms.
    pub idle_hold: Duration,
    /// How long a request may wait for those before it, and for room. Defaults to 10 s.
    pub turn_timeout: Duration,
    /// How long a tunnel lives while it has no connection and no request comes for it. Defaults to
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
