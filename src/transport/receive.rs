//! Reading, with the outcomes that every reader tells apart.

use std::io;
use std::time::Duration;

use super::Transport;

/// How many bytes a connection's thread reads at once.
///
/// Takes in C0 and C1 (1,537 bytes) together, and what a viewer sends at once. Each connection has
/// such a buffer, so more bytes would be resident for each.
pub(crate) const READ_BYTES: usize = 1600;

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// So many bytes, at least one.
    Bytes(usize),
    /// Nothing came in time.
    Nothing,
    /// The peer sends no more, or is gone.
    End,
}

/// Reads once from `transport`, and waits at most `timeout` for the first byte.
///
/// # Errors
/// What the transport failed with, unless it says that the peer is gone.
pub(crate) fn receive(
    transport: &dyn Transport,
    buffer: &mut [u8],
    timeout: Duration,
) -> io::Result<Input> {
    match transport.read(buffer, timeout) {
        Ok(0) => Ok(Input::End),
        Ok(length) => Ok(Input::Bytes(length)),
        Err(error) => match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => Ok(Input::Nothing),
            kind if is_disconnect(kind) => Ok(Input::End),
            _ => Err(error),
        },
    }
}

/// Returns whether an error only says that the peer has closed the connection.
pub(crate) const fn is_disconnect(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};
    use std::sync::Mutex;
    use std::time::Duration;

    use bytes::Bytes;

    use super::{Input, receive};
    use crate::protocol::Carrier;
    use crate::transport::Transport;

    /// A transport whose only read has a given outcome.
    #[derive(Debug)]
    struct Once(Mutex<Option<io::Result<usize>>>);

    impl Transport for Once {
        fn carrier(&self) -> Carrier {
            Carrier::Rtmp
        }

        fn read(&self, _: &mut [u8], _: Duration) -> io::Result<usize> {
            self.0.lock().unwrap().take().expect("one read")
        }

        fn try_send(&self, _: &[Bytes]) -> io::Result<usize> {
            Ok(0)
        }

        fn send(&self, _: &[Bytes]) -> io::Result<usize> {
            Ok(0)
        }

        fn limit_unsent(&self, _: u32) {}

        fn stop_reading(&self) {}

        fn stop_writing(&self) {}
    }

    #[test]
    fn outcomes_are_told_apart() {
        for (outcome, expected) in [
            (Ok(0), Ok(Input::End)),
            (Ok(7), Ok(Input::Bytes(7))),
            (Err(ErrorKind::TimedOut), Ok(Input::Nothing)),
            (Err(ErrorKind::Interrupted), Ok(Input::Nothing)),
            (Err(ErrorKind::ConnectionReset), Ok(Input::End)),
            (Err(ErrorKind::BrokenPipe), Ok(Input::End)),
            (Err(ErrorKind::NotConnected), Err(ErrorKind::NotConnected)),
        ] {
            let transport = Once(Mutex::new(Some(outcome.map_err(io::Error::from))));
            let received = receive(&transport, &mut [0; 8], Duration::ZERO);
            assert_eq!(received.map_err(|error| error.kind()), expected);
        }
    }
}
