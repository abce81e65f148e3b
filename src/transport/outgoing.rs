//! What the system knows of the way to a peer: how many bytes it still holds, and the round trip.
#![allow(unsafe_code, reason = "the system tells it through a pointer")]

use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

use super::transport::RoundTrip;

/// By how much round trips differ at most, on a line that takes all that is put.
const MOST_SPREAD: Duration = Duration::from_millis(40);

/// Where Linux's `tcp_info` has what is used of it, in bytes. It only ever grows at its end. The
/// newer of these fields is not in the crate `libc` for every C library.
const RTTVAR_AT: usize = 72;
const MIN_RTT_AT: usize = 148;
const TCP_INFO_BYTES: usize = MIN_RTT_AT + 4;

/// Returns how many bytes of a TCP socket the peer has not acknowledged, sent or not (Linux's
/// SIOCOUTQ). Returns 0 if the system does not say.
pub(super) fn outgoing_bytes(socket: BorrowedFd<'_>) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is open for as long as it is borrowed. For this request the system
    // writes one integer to the pointer, and keeps no pointer.
    let status = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    if status == 0 { usize::try_from(bytes).unwrap_or_default() } else { 0 }
}

/// Returns how long the peer of a TCP socket takes to acknowledge a byte. Returns `None` if the
/// system does not say (before Linux 4.6).
pub(super) fn round_trip(socket: BorrowedFd<'_>) -> Option<RoundTrip> {
    let mut info = [0; TCP_INFO_BYTES];
    let mut length = libc::socklen_t::try_from(info.len()).ok()?;
    // SAFETY: the descriptor is open for as long as it is borrowed. The system writes at most
    // `length` bytes to the array, which has as many. It writes their number to `length`, and keeps
    // no pointer.
    let status = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    let is_whole = status == 0 && usize::try_from(length).is_ok_and(|length| length == info.len());
    let shortest = microseconds(&info, MIN_RTT_AT).filter(|_| is_whole)?;
    let spread = (4 * microseconds(&info, RTTVAR_AT)?).min(MOST_SPREAD);
    Some(RoundTrip { shortest, spread })
}

/// Returns `None` for the largest number, which stands for none.
fn microseconds(info: &[u8; TCP_INFO_BYTES], at: usize) -> Option<Duration> {
    let number = info.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))?;
    (number < u32::MAX).then(|| Duration::from_micros(number.into()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd as _;
    use std::time::{Duration, Instant};

    use super::{outgoing_bytes, round_trip};

    #[test]
    fn the_round_trip_on_this_machine_is_short() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut receiver, _) = listener.accept().unwrap();
        sender.write_all(&[7; 100]).unwrap();
        receiver.read_exact(&mut [0; 100]).unwrap();
        let found = round_trip(sender.as_fd()).expect("the system knows");
        assert!(found.shortest < Duration::from_secs(1), "{found:?}");
    }

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
