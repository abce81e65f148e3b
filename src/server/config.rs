//! Every setting of a server, each with its default and what it can cost.

use std::time::Duration;

use crate::protocol::session;

/// The settings of a [`Server`](crate::Server).
///
/// ```
/// use std::time::Duration;
/// use rendercast::{Server, ServerConfig};
///
/// let config = ServerConfig::default()
///     .connections(500)
///     .write_timeout(Duration::from_secs(60));
/// let server = Server::new(config);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerConfig {
    pub(crate) connections: usize,
    pub(crate) outqueue_length: usize,
    pub(crate) outqueue_bytes: usize,
    pub(crate) reply_bytes: usize,
    pub(crate) calls_in_flight: usize,
    pub(crate) write_timeout: Duration,
    pub(crate) stack_bytes: usize,
    pub(crate) session: session::Config,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            connections: 4096,
            outqueue_length: 8,
            outqueue_bytes: 4 << 20,
            reply_bytes: 64 << 10,
            calls_in_flight: 1024,
            write_timeout: Duration::from_secs(5 * 60),
            stack_bytes: 256 << 10,
            session: session::Config::default(),
        }
    }
}

impl ServerConfig {
    /// How many connections may be open at once; one more is closed as it is accepted, and logged.
    ///
    /// A connection costs one thread, and two or three with a stream that plays: some 20 KiB of
    /// resident memory before any queue fills. Defaults to 4096.
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How many entries a stream's bounded channel holds: what the frame handler gave in one call is
    /// one entry. Full, it is the frame handler's `outqueue_is_full`. At 25 calls per second an
    /// entry is up to 40 ms of delay, on top of what the socket holds. At least 1. Defaults to 8.
    pub const fn outqueue_length(mut self, entries: usize) -> Self {
        self.outqueue_length = if entries == 0 { 1 } else { entries };
        self
    }

    /// How many bytes a stream's bounded channel holds before it counts as full, whatever the number
    /// of its entries; the worst case is one entry more than that. Payloads that viewers share are
    /// counted for each. Defaults to 4 MiB.
    pub const fn outqueue_bytes(mut self, bytes: usize) -> Self {
        self.outqueue_bytes = bytes;
        self
    }

    /// How many bytes of replies wait for a client that does not read; beyond that its requests are
    /// not read either. Per connection. Defaults to 64 KiB.
    pub const fn reply_bytes(mut self, bytes: usize) -> Self {
        self.reply_bytes = bytes;
        self
    }

    /// How many of the application's calls to one client may wait for an answer. Per connection,
    /// some 100 bytes each. Defaults to 1024.
    pub const fn calls_in_flight(mut self, calls: usize) -> Self {
        self.calls_in_flight = calls;
        self
    }

    /// How long a client may take nothing at all of what is sent to it before it is given up.
    ///
    /// mpv pauses by not reading, so minutes are right. Defaults to 5 minutes.
    pub const fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// The stack of each of the server's threads, on which handlers run. Address space; resident is
    /// only what they touch. Defaults to 256 KiB.
    pub const fn stack_bytes(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }
}
