//! What a relay tells the application.

use std::time::Duration;

use crate::client;
use crate::live::LiveSourceError;

/// What happened to a [`Push`](super::Push) or a [`Pull`](super::Pull).
#[derive(Debug)]
#[non_exhaustive]
pub enum RelayEvent {
    /// The server has granted the stream.
    Connected,
    /// There is no connection, or no longer one. The relay tries again.
    Lost {
        /// The reason. `None` if a server has ended the stream.
        error: Option<RelayError>,
        /// The time until the next try.
        retry_in: Duration,
    },
    /// The server asks the relay to come back, maybe elsewhere.
    Moved,
    /// The server took too little, so tags were dropped. Video goes on at the next key frame.
    FellBehind {
        /// How many tags were dropped at once.
        dropped: u64,
    },
    /// The stream of this process has ended, and the relay with it.
    Ended,
}

/// The reason why a relay has no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The server cannot be reached, refuses, or is gone.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// The name in this process is taken by another publisher.
    #[error(transparent)]
    Source(#[from] LiveSourceError),
}
