//! Plain TCP.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Transport;

/// RTMP over TCP, as it is.
#[derive(Debug)]
pub(crate) struct Tcp {
    stream: TcpStream,
    /// What SO_RCVTIMEO was last set to, so that it is set only when that pays.
    read_timeout_ms: AtomicU64,
}

impl Tcp {
    /// Takes over an accepted socket: without Nagle's delay, and with `write_timeout` on blocking
    /// sends.
    pub(crate) fn new(stream: TcpStream, write_timeout: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(write_timeout))?;
        Ok(Self { stream, read_timeout_ms: AtomicU64::new(0) })
    }

    /// Sets the socket's timeout where the present one is too long, or less than half as long as
    /// it may be: a deadline that moves a little with every read costs no system call.
    fn limit_read(&self, timeout: Duration) -> io::Result<()> {
        let wanted = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
        let present = self.read_timeout_ms.load(Ordering::Relaxed);
        if present > wanted || present < wanted / 2 || present == 0 {
            self.stream.set_read_timeout(Some(Duration::from_millis(wanted)))?;
            self.read_timeout_ms.store(wanted, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Transport for Tcp {
    fn name(&self) -> &'static str {
        "rtmp"
    }

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.limit_read(timeout)?;
        let length = (&self.stream).read(buffer).map_err(timed_out)?;
        acknowledge_at_once(&self.stream);
        Ok(length)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn try_send(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        socket2::SockRef::from(&self.stream).send_vectored_with_flags(parts, flags)
    }

    /// Elsewhere there is no portable way to send without waiting on a socket that another thread
    /// reads from with waiting, so everything goes through the sender thread.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn try_send(&self, _parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn send(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.stream).write_vectored(parts).map_err(timed_out)
    }

    fn stop_reading(&self) {
        // An error means that the socket is closed already, which is what is wanted.
        let _ = self.stream.shutdown(Shutdown::Read);
    }

    fn stop_writing(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

/// Sends the acknowledgement of what was read now instead of up to 40 ms later: ffmpeg and librtmp
/// leave Nagle's algorithm on and write a command in two pieces, the second of which waits for it.
fn acknowledge_at_once(stream: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(stream).set_tcp_quickack(true);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
}

/// A socket's timeout is `WouldBlock` on Unix and `TimedOut` on Windows; callers see one of them.
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    }
}
