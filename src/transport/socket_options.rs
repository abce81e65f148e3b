//! What the sockets of connections are set to.

use std::io;
use std::time::Duration;

use socket2::{Socket, TcpKeepalive};

/// How long nothing may come before TCP asks whether the peer's machine is there.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(30);

/// Whether an accepted TCP socket may have the options of the one that listened.
pub(crate) const MAY_INHERIT: bool = cfg!(any(target_os = "linux", target_os = "android"));

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
    /// Sets a connected socket, or one that will listen.
    pub(crate) fn set(self, socket: &Socket, kind: Kind) -> io::Result<()> {
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
}

/// Returns whether a socket looks as if it had been [set](SocketOptions::set).
pub(crate) fn is_set(socket: &Socket) -> bool {
    let has_timeout = socket.write_timeout().is_ok_and(|timeout| timeout.is_some());
    has_timeout && socket.tcp_nodelay().unwrap_or(false) && socket.keepalive().unwrap_or(false)
}

/// Lets TCP find out within a minute that the peer's machine is gone, while nothing is sent.
fn keep_alive() -> TcpKeepalive {
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE_AFTER);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let keep_alive = keep_alive.with_interval(KEEP_ALIVE_AFTER / 3).with_retries(3);
    keep_alive
}
