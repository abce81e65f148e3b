//! How many bytes the system still holds for a peer.
#![allow(unsafe_code, reason = "the system tells it through a pointer")]

use std::os::fd::{AsRawFd as _, BorrowedFd};

/// Returns how many bytes of a TCP socket the peer has not acknowledged, sent or not (Linux's
/// SIOCOUTQ). Returns 0 if the system does not say.
pub(super) fn outgoing_bytes(socket: BorrowedFd<'_>) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is open for as long as it is borrowed. For this request the system
    // writes one integer to the pointer, and keeps no pointer.
    let status = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    if status == 0 { usize::try_from(bytes).unwrap_or_default() } else { 0 }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd as _;
    use std::time::{Duration, Instant};

    use super::outgoing_bytes;

    #[test]
    fn what_a_peer_has_not_read_is_counted_until_it_reads() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut receiver, _) = listener.accept().unwrap();
        assert_eq!(outgoing_bytes(sender.as_fd()), 0);
        sender.set_nonblocking(true).unwrap();
        let mut sent = 0;
        while let Ok(bytes) = sender.write(&[0; 65536]) {
            sent += bytes;
        }
        assert!(outgoing_bytes(sender.as_fd()) > 0, "the receiver holds less than {sent}");
        receiver.read_exact(&mut vec![0; sent]).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while outgoing_bytes(sender.as_fd()) > 0 {
            assert!(Instant::now() < deadline, "the receiver has read all");
            std::thread::yield_now();
        }
    }
}
