//! The wait until much of what a peer sends can be read at once.
#![allow(unsafe_code, reason = "the system is told through pointers")]

use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

/// Waits until `bytes` bytes of a TCP socket can be read, or its peer's window is nearly used up.
/// Waits no longer than `timeout` and what is missing to a whole millisecond, and ends early at the
/// end of the input. Returns whether it ended early.
pub(super) fn wait_for(socket: BorrowedFd<'_>, bytes: usize, timeout: Duration) -> bool {
    let is_set = bytes > 1 && set_low_water(socket, bytes);
    let events = libc::POLLIN | libc::POLLRDHUP;
    let mut polled = libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 };
    let milliseconds = timeout.as_nanos().div_ceil(1_000_000);
    let milliseconds = libc::c_int::try_from(milliseconds).unwrap_or(libc::c_int::MAX);
    // SAFETY: the pointer is to one `pollfd`, which the system reads and writes before it returns.
    // The descriptor is open for as long as it is borrowed.
    let ready = unsafe { libc::poll(&raw mut polled, 1, milliseconds) };
    if is_set {
        set_low_water(socket, 1);
    }
    ready > 0
}

/// Sets how many bytes must have come for the system to wake a reader (SO_RCVLOWAT). Returns
/// whether it could.
fn set_low_water(socket: BorrowedFd<'_>, bytes: usize) -> bool {
    let bytes = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    // SAFETY: the descriptor is open for as long as it is borrowed. The system reads one integer
    // from the pointer, and keeps no pointer.
    let status = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVLOWAT,
            (&raw const bytes).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    status == 0
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::os::fd::AsFd as _;
    use std::time::{Duration, Instant};

    use super::wait_for;

    const MUCH: usize = 10_000;
    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().unwrap().0, peer)
    }

    fn waited(socket: &TcpStream, timeout: Duration) -> Duration {
        let start = Instant::now();
        let is_early = wait_for(socket.as_fd(), MUCH, timeout);
        let waited = start.elapsed();
        assert_eq!(is_early, waited < timeout);
        waited
    }

    #[test]
    fn it_waits_for_many_bytes_and_no_longer_than_it_may() {
        let (mut socket, mut peer) = pair();
        peer.write_all(&[7; MUCH - 1]).unwrap();
        assert!(waited(&socket, SHORT) >= SHORT, "one byte is missing");
        peer.write_all(&[7]).unwrap();
        assert!(waited(&socket, LONG) < LONG);
        socket.read_exact(&mut [0; MUCH]).unwrap();
        peer.write_all(&[8]).unwrap();
        assert!(wait_for(socket.as_fd(), 1, LONG), "one byte is enough");
        socket.read_exact(&mut [0]).expect("a read waits for one byte only, as before");
        assert!(!wait_for(socket.as_fd(), 1, Duration::from_micros(1)), "nothing is left");
    }

    #[test]
    fn the_end_of_the_input_ends_the_wait() {
        let (socket, peer) = pair();
        drop(peer);
        assert!(waited(&socket, LONG) < LONG, "the peer has closed");
        let (socket, _peer) = pair();
        let closer = socket.try_clone().unwrap();
        let closes = std::thread::spawn(move || {
            std::thread::sleep(SHORT);
            closer.shutdown(Shutdown::Read).unwrap();
        });
        assert!(waited(&socket, LONG) < LONG, "this side has closed");
        closes.join().unwrap();
    }
}
