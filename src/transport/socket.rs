//! A socket of the system, TCP or Unix. TLS and HTTP use it too.

use std::io::{self, IoSlice, Read};
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::mem::MaybeUninit;
use std::net::Shutdown;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::Transport;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::incoming::wait_for;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::outgoing::{outgoing_bytes, round_trip};
use super::socket_options::{Kind, SocketOptions};
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::transport::RoundTrip;
use crate::protocol::Carrier;

/// How many parts one system call sends.
const PIECES_PER_SEND: usize = 64;

/// A connected socket: carries plain RTMP itself, and TLS and HTTP as the layer below them.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: socket2::Socket,
    kind: Kind,
    /// The present SO_RCVTIMEO, which is set again only if it differs much.
    read_timeout_ms: AtomicU64,
    /// Whether acknowledgements travel with answers.
    is_acknowledged_late: AtomicBool,
    /// How long a send waits for room.
    #[cfg(feature = "tls")]
    write_timeout: Duration,
}

/// Makes a send to a peer that is gone fail, instead of raising a signal.
#[cfg(all(unix, not(target_vendor = "apple")))]
const NO_SIGNAL: libc::c_int = libc::MSG_NOSIGNAL;
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const NO_SIGNAL: i32 = 0;

impl Socket {
    /// Sets a socket that is connected, and takes it over.
    pub(crate) fn set(
        socket: socket2::Socket,
        kind: Kind,
        options: SocketOptions,
    ) -> io::Result<Self> {
        options.set(&socket, kind)?;
        Ok(Self::new(socket, kind, options))
    }

    /// Takes over a socket that has these options.
    #[cfg_attr(not(feature = "tls"), expect(unused_variables, reason = "TLS changes the timeout"))]
    pub(crate) const fn new(socket: socket2::Socket, kind: Kind, options: SocketOptions) -> Self {
        Self {
            socket,
            kind,
            read_timeout_ms: AtomicU64::new(0),
            is_acknowledged_late: AtomicBool::new(false),
            #[cfg(feature = "tls")]
            write_timeout: options.write_timeout,
        }
    }

    /// Sets the timeout of reads if the present one is longer than `timeout` by a sixteenth, or
    /// shorter than half of it. So a deadline that comes nearer or moves with every read costs no
    /// system call.
    fn limit_read(&self, timeout: Duration) -> io::Result<()> {
        let wanted = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
        let present = self.read_timeout_ms.load(Ordering::Relaxed);
        if present > wanted.saturating_add(wanted / 16) || present < wanted / 2 || present == 0 {
            self.socket.set_read_timeout(Some(Duration::from_millis(wanted)))?;
            self.read_timeout_ms.store(wanted, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Does `work`, in which sends wait no longer than `timeout`.
    #[cfg(feature = "tls")]
    pub(super) fn with_write_timeout<T>(
        &self,
        timeout: Duration,
        work: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        self.socket.set_write_timeout(Some(timeout.min(self.write_timeout)))?;
        let done = work();
        self.socket.set_write_timeout(Some(self.write_timeout))?;
        done
    }

    /// Does what [`Transport::try_send`] does, with slices.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn try_send_slices(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.send_vectored_with_flags(slices, libc::MSG_DONTWAIT | NO_SIGNAL)
    }

    /// Does what [`Transport::try_send`] does, with one slice, in less time than a vectored send.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn try_send_slice(&self, slice: &[u8]) -> io::Result<usize> {
        self.socket.send_with_flags(slice, libc::MSG_DONTWAIT | NO_SIGNAL)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn try_send_slice(&self, slice: &[u8]) -> io::Result<usize> {
        self.try_send_slices(&[IoSlice::new(slice)])
    }

    /// Always returns [`io::ErrorKind::WouldBlock`], so that the sender thread sends everything.
    /// These systems have no portable way to send without waiting while another thread waits in a
    /// read.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn try_send_slices(&self, _slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Does what [`Transport::send`] does, with slices.
    pub(super) fn send_slices(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.send_vectored_with_flags(slices, NO_SIGNAL).map_err(timed_out)
    }
}

impl Transport for Socket {
    fn carrier(&self) -> Carrier {
        match self.kind {
            Kind::Tcp => Carrier::Rtmp,
            Kind::Unix => Carrier::Unix,
        }
    }

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.limit_read(timeout)?;
        let length = (&self.socket).read(buffer).map_err(timed_out)?;
        if !self.is_acknowledged_late.load(Ordering::Relaxed) {
            self.acknowledge();
        }
        Ok(length)
    }

    fn prefetch(&self) {
        // The compiler must not leave the read out.
        std::hint::black_box(self.kind);
    }

    /// Looks at the next byte without taking it. Other systems have no portable way to do so.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn has_input(&self) -> bool {
        let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
        match self.socket.recv_with_flags(&mut [MaybeUninit::uninit()], flags) {
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
            Ok(_) => true,
        }
    }

    /// Returns `false` for Unix sockets, and on systems other than Linux.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn can_wait(&self) -> bool {
        self.kind == Kind::Tcp
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn wait_for(&self, bytes: usize, timeout: Duration) -> bool {
        wait_for(self.socket.as_fd(), bytes, timeout) || bytes > 1 && self.has_input()
    }

    fn try_send(&self, parts: &[Bytes]) -> io::Result<usize> {
        if let [part] = parts {
            return self.try_send_slice(part);
        }
        let mut sent = 0;
        for batch in parts.chunks(PIECES_PER_SEND) {
            match with_slices(batch, |slices| self.try_send_slices(slices)) {
                Ok(taken) => {
                    sent += taken;
                    if taken < batch.iter().map(Bytes::len).sum() {
                        break;
                    }
                }
                // The next call returns the error again.
                Err(_) if sent > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    fn send(&self, parts: &[Bytes]) -> io::Result<usize> {
        with_slices(parts, |slices| self.send_slices(slices))
    }

    /// Sets TCP_CORK. Does nothing for Unix sockets, and on systems other than Linux.
    fn hold_back(&self, is_so: bool) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if self.kind == Kind::Tcp {
            let _ = self.socket.set_tcp_cork(is_so);
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let _ = is_so;
    }

    /// Sets TCP_NOTSENT_LOWAT. Does nothing for Unix sockets, and on systems other than Linux.
    fn limit_unsent(&self, bytes: u32) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if self.kind == Kind::Tcp {
            let _ = self.socket.set_tcp_notsent_lowat(bytes);
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let _ = bytes;
    }

    /// Returns 0 for Unix sockets, and on systems other than Linux.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn outgoing_bytes(&self) -> usize {
        match self.kind {
            Kind::Tcp => outgoing_bytes(self.socket.as_fd()),
            Kind::Unix => 0,
        }
    }

    /// Returns `None` for Unix sockets, and on systems other than Linux.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn round_trip(&self) -> Option<RoundTrip> {
        (self.kind == Kind::Tcp).then(|| round_trip(self.socket.as_fd())).flatten()
    }

    fn acknowledge_with_answers(&self, is_so: bool) {
        self.is_acknowledged_late.store(is_so, Ordering::Relaxed);
    }

    /// Sends the acknowledgement now instead of up to 40 ms later. ffmpeg and librtmp leave Nagle's
    /// algorithm on and write a command in two pieces, and the second piece waits for it.
    fn acknowledge(&self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if self.kind == Kind::Tcp {
            let _ = self.socket.set_tcp_quickack(true);
        }
    }

    fn stop_reading(&self) {
        // An error means that the socket is closed already, which serves as well.
        let _ = self.socket.shutdown(Shutdown::Read);
    }

    fn stop_writing(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}

/// Does `work` with the first of `parts`, as many as one system call sends.
pub(super) fn with_slices<T>(parts: &[Bytes], work: impl FnOnce(&[IoSlice<'_>]) -> T) -> T {
    let mut slices = [IoSlice::new(&[]); PIECES_PER_SEND];
    let filled = slices.iter_mut().zip(parts).map(|(slice, part)| *slice = IoSlice::new(part));
    let filled = filled.count();
    work(slices.get(..filled).unwrap_or_default())
}

/// Makes one error of a socket's timeout, which is `WouldBlock` on Unix and `TimedOut` on Windows.
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use bytes::Bytes;

    use super::{Kind, Socket, SocketOptions, Transport as _};

    /// A socket whose peer never reads. The peer holds little.
    fn stalled(send_buffer_bytes: usize) -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        peer.set_recv_buffer_size(4096).unwrap();
        peer.connect(&listener.local_addr().unwrap().into()).unwrap();
        let socket = socket2::Socket::from(listener.accept().unwrap().0);
        let options = SocketOptions { write_timeout: Duration::from_secs(30), send_buffer_bytes };
        (Socket::set(socket, Kind::Tcp, options).unwrap(), peer.into())
    }

    /// Sends until the system takes no more, and returns how many bytes it took.
    fn held_by_the_system(socket: &Socket) -> usize {
        let piece = [Bytes::from(vec![0; 16 << 10])];
        let mut taken = 0;
        while let Ok(sent @ 1..) = socket.try_send(&piece) {
            taken += sent;
        }
        taken
    }

    #[test]
    fn the_system_holds_as_much_for_a_peer_as_it_may() {
        let (free, _peer) = stalled(0);
        let of_the_system = held_by_the_system(&free);
        let (limited, _peer) = stalled(64 << 10);
        let held = held_by_the_system(&limited);
        assert!(held < 256 << 10 && held < of_the_system, "{held} of {of_the_system} bytes");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_held_back_leaves_with_the_rest() {
        use std::io::Read as _;

        let (socket, mut peer) = stalled(0);
        peer.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        let send = |bytes: &'static [u8]| socket.try_send(&[Bytes::from_static(bytes)]).unwrap();
        let mut is_held_back = || {
            socket.hold_back(true);
            send(b"first");
            let mut arrived = [0; 11];
            let length = peer.read(&mut arrived).unwrap_or_default();
            send(b"second");
            socket.hold_back(false);
            peer.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            peer.read_exact(&mut arrived[length..]).unwrap();
            peer.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
            assert_eq!(&arrived, b"firstsecond");
            length == 0
        };
        // The system holds nothing back for more than 200 ms. This thread may rest that long.
        assert!((0..20).any(|_| is_held_back()));
    }
}
