//! The limits of the number of connections.

/// The limits of the number of connections.
///
/// A connection costs one thread, and two or three with a stream that plays. A viewer of a file
/// takes some 33 KiB of resident memory before any queue fills (measured, with glibc).
///
/// ```
/// use rendercast::config::ConnectionLimits;
///
/// let limits = ConnectionLimits::default().total(500).per_address(20);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ConnectionLimits {
    pub(crate) total: usize,
    pub(crate) per_address: usize,
    pub(crate) accept_rate: u32,
    pub(crate) memory_bytes: usize,
    #[cfg(feature = "tunnel")]
    pub(crate) tunnels: usize,
    #[cfg(feature = "tunnel")]
    pub(crate) tunnels_per_address: usize,
    #[cfg(feature = "tunnel")]
    pub(crate) tunnels_per_connection: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: 4096,
            per_address: 1024,
            accept_rate: 1000,
            memory_bytes: 1 << 30,
            #[cfg(feature = "tunnel")]
            tunnels: 1024,
            #[cfg(feature = "tunnel")]
            tunnels_per_address: 256,
            #[cfg(feature = "tunnel")]
            tunnels_per_connection: 64,
        }
    }
}

impl ConnectionLimits {
    /// Sets how many connections may be open at once. A further one is closed when it is accepted,
    /// and logged. Defaults to 4096.
    pub const fn total(mut self, connections: usize) -> Self {
        self.total = connections;
        self
    }

    /// Sets how many connections may be open at once from one IP address. A further one is closed
    /// when it is accepted, and logged. An IPv6 address counts by its first 64 bits. Defaults to
    /// 1024.
    ///
    /// A proxy among the [`proxies`](super::ServerConfig::proxies) does not count, but the clients
    /// that it announces do. Behind any other proxy, all viewers count for its address. Clients
    /// over a Unix socket do not count.
    pub const fn per_address(mut self, connections: usize) -> Self {
        self.per_address = connections;
        self
    }

    /// Sets how often one IP address may connect, per second, at least 1. A connection beyond that
    /// is closed when it is accepted, and logged. Defaults to 1000.
    ///
    /// All connections of one second may come at once. Clients at other addresses do not wait. An
    /// IPv6 address counts by its first 64 bits. An opened tunnel counts too. Neither a listed
    /// proxy nor a Unix socket is counted.
    pub const fn accept_rate(mut self, connections_per_second: u32) -> Self {
        self.accept_rate = if connections_per_second == 0 { 1 } else { connections_per_second };
        self
    }

    /// Sets how many bytes the buffers of all connections may take together: unfinished messages,
    /// answers that are not read, queues of media, calls that wait, what is kept of requests, and
    /// tunnels. A publisher's connection has what its live stream keeps for new viewers, and what
    /// waits for its recording and its pushes. Defaults to 1 GiB.
    ///
    /// If they need more, connections are closed: again and again the one that holds the most, at
    /// the address that holds the most. Each is logged, and counts as
    /// [`connections_evicted`](crate::ServerFigures::connections_evicted). While more than half is
    /// in use, the queues of streams take a sixteenth of
    /// [`outqueue_bytes`](super::Queues::outqueue_bytes), so that viewers who do not read cost
    /// less.
    ///
    /// Payloads that viewers share count for each. Not counted are threads, what handlers hold, and
    /// the buffers of the system
    /// ([`Queues::socket_bytes`](super::Queues::socket_bytes)).
    pub const fn memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// Sets how many RTMPT tunnels may be open at once. A request for a further one is answered
    /// with 503, and logged. Defaults to 1024.
    ///
    /// A tunnel counts as a connection beside the HTTP connections that carry it, in
    /// [`total`](Self::total) and in [`per_address`](Self::per_address) of the address that opened
    /// it. A viewer over RTMPT is so two connections, or three if a proxy splits its requests, and
    /// costs one thread more than over plain RTMP. A tunnel holds at most the `out_bytes`, the
    /// `in_bytes` and two `answer_bytes` of its [`TunnelConfig`](super::TunnelConfig).
    #[cfg(feature = "tunnel")]
    pub const fn tunnels(mut self, tunnels: usize) -> Self {
        self.tunnels = tunnels;
        self
    }

    /// Sets how many RTMPT tunnels one IP address may have open at once. A request for a further
    /// one is answered with 503, and logged. An IPv6 address counts by its first 64 bits. Defaults
    /// to 256.
    ///
    /// Behind an HTTP proxy all viewers have its address, so a server behind one needs as many as
    /// it has viewers. A proxy that announces each client is one of the
    /// [`proxies`](super::ServerConfig::proxies), and does not count.
    #[cfg(feature = "tunnel")]
    pub const fn tunnels_per_address(mut self, tunnels: usize) -> Self {
        self.tunnels_per_address = tunnels;
        self
    }

    /// Sets how many RTMPT tunnels that are open may have been opened by one HTTP connection. A
    /// request for a further one is answered with 503, and logged. Defaults to 64.
    ///
    /// A player opens one. An HTTP proxy may open those of all its clients by one connection.
    #[cfg(feature = "tunnel")]
    pub const fn tunnels_per_connection(mut self, tunnels: usize) -> Self {
        self.tunnels_per_connection = tunnels;
        self
    }
}
