//! What ends a session.

use crate::protocol::{chunk, handshake};

/// The reason to close a connection. A single malformed message is none: it is
/// [ignored](super::Ignored).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The handshake failed: the peer speaks another protocol.
    #[error("the handshake failed: {0}")]
    Handshake(#[from] handshake::Error),
    /// The peer's chunks cannot be read, or exceed a limit.
    #[error("the peer's chunks cannot be read: {0}")]
    Chunk(#[from] chunk::Error),
    /// The peer took too long.
    #[error(transparent)]
    Timeout(#[from] Timeout),
}

/// What the peer did not do in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Timeout {
    /// The handshake: [`handshake_timeout`](super::Config::handshake_timeout).
    #[error("the peer did not finish the handshake in time")]
    Handshake,
    /// The `connect` command: [`connect_timeout`](super::Config::connect_timeout).
    #[error("the peer did not send a connect command in time")]
    Connect,
    /// Any byte at all: [`idle_timeout`](super::Config::idle_timeout).
    #[error("the peer was silent for too long and did not answer pings")]
    Idle,
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn an_error_is_small_enough_to_be_returned_by_every_read() {
        assert!(size_of::<Error>() <= 40, "{}", size_of::<Error>());
    }
}
