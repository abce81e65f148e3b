//! What the sockets of connections are set to.

use std::io;
use std::time::Duration;

use socket2::{Socket, TcpKeepalive};

/// How long nothing may come before TCP asks whether the peer's machine is there.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(30);

/// Whether an accepted TCP socket has the options of the one that listened. Unix sockets have not.
const ARE_INHERITED: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// The family of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tcp,
    Unix,
}

/// What the socket of a connection is set to, beside what all have: Nagle's algorithm is off, and
/// TCP's keep-alive is on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SocketOptions {
    /// How long a blocking send waits for room.
    pub(crate) write_timeout: Duration,
    /// What the system may hold for the peer, in bytes. 0 leaves it to the system. So does a system
    /// that refuses.
    pub(crate) send_buffer_bytes: usize,
}

impl SocketOptions {
    /// Sets a connected socket.
    pub(super) fn set(self, socket: &Socket, kind: Kind) -> io::Result<()> {
        socket.set_write_timeout(Some(self.write_timeout))?;
        if kind == Kind::Tcp {
            socket.set_tcp_nodelay(true)?;
            socket.set_tcp_keepalive(&keep_alive())?;
            if self.send_buffer_bytes > 0 {
                let _ = socket.set_send_buffer_size(self.send_buffer_bytes);
            }
        }
        Ok(())
    }

    /// Sets a socket that will listen, if those that are accepted from it inherit that. It takes
    /// seven system calls, a tenth of what a connection costs the server up to its first frame.
    pub(crate) fn set_before_accepts(self, socket: &Socket, kind: Kind) -> io::Result<()> {
        if is_inherited(kind) { self.set(socket, kind) } else { Ok(()) }
    }

    /// Sets an accepted socket, unless it has inherited its options.
    pub(super) fn set_accepted(self, socket: &Socket, kind: Kind) -> io::Result<()> {
        if is_inherited(kind) { Ok(()) } else { self.set(socket, kind) }
    }
}

const fn is_inherited(kind: Kind) -> bool {
    ARE_INHERITED && matches!(kind, Kind::Tcp)
}

/// Lets TCP find out within a minute that the peer's machine is gone, while nothing is sent.
fn keep_alive() -> TcpKeepalive {
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE_AFTER);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let keep_alive = keep_alive.with_interval(KEEP_ALIVE_AFTER / 3).with_retries(3);
    keep_alive
}
