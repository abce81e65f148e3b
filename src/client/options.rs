//! What a client wants, and how patient it is.

use std::time::Duration;

use crate::protocol::{PlayFrom, client_session};

/// How long the TCP connection may take unless told otherwise.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a server may be silent unless told otherwise: what librtmp waits for.
pub const DEFAULT_SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// How much media a player wants to hold unless told otherwise: what ffmpeg asks for.
pub const DEFAULT_BUFFER_LENGTH: Duration = Duration::from_secs(3);

/// How much is kept for later while an answer is waited for, unless told otherwise.
pub const DEFAULT_WAITING_BYTES: usize = 16 << 20;

/// What a [`Player`](super::Player) wants, and how patient it is.
///
/// ```no_run
/// use std::time::Duration;
///
/// use rendercast::client::{Options, Player};
///
/// let options = Options { buffer_length: Duration::from_millis(500), ..Options::default() };
/// let player = Player::open_with(&"rtmp://localhost/live/scene".parse()?, options)?;
/// # Ok::<(), rendercast::client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the play starts. Defaults to [`PlayFrom::Any`].
    pub start: PlayFrom,
    /// How much media the server may send ahead of time. Defaults to [`DEFAULT_BUFFER_LENGTH`].
    pub buffer_length: Duration,
    /// How long each address of the server is tried. Defaults to [`DEFAULT_CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// How long the server may take for an answer. Defaults to 10 s.
    pub reply_timeout: Duration,
    /// How long the server may send nothing, and how long it may take none of what we send.
    /// Defaults to [`DEFAULT_SILENCE_TIMEOUT`].
    pub silence_timeout: Duration,
    /// How many bytes of media and other events may come while an answer is waited for; beyond
    /// them the client gives up. Defaults to [`DEFAULT_WAITING_BYTES`].
    pub waiting_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start: PlayFrom::Any,
            buffer_length: DEFAULT_BUFFER_LENGTH,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            reply_timeout: client_session::DEFAULT_REPLY_TIMEOUT,
            silence_timeout: DEFAULT_SILENCE_TIMEOUT,
            waiting_bytes: DEFAULT_WAITING_BYTES,
        }
    }
}
