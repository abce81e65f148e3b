//! An established TLS connection: one rustls session, read by one thread and written by others.
//!
//! The session is a state machine behind a mutex. The mutex is held for computing and for sends
//! that do not wait. A thread that waits for the socket never holds it.
//!
//! Records leave in the order of their encryption. As long as no thread waits to send, they leave
//! under the mutex. A thread that must wait takes the records out of the session first. Until they
//! have left, no other thread sends any.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustls::Connection;

use crate::protocol::Carrier;
use crate::sync::lock;
use crate::transport::socket::with_slices;
use crate::transport::{READ_BYTES, RoundTrip, Socket, Transport};

/// How much ciphertext the session takes at once behind the longest record that is not whole yet.
const CIPHERTEXT_ROOM: usize = 1792;

const _: () = assert!(READ_BYTES <= CIPHERTEXT_ROOM, "the session must take a read whole");

/// How much plaintext is encrypted ahead of the socket: four records of the largest size, which one
/// system call sends. A connection holds no more bytes unsent.
const AHEAD_BYTES: usize = 64 << 10;

/// The plaintext of a record of the largest size (RFC 8446 §5.1).
const RECORD_BYTES: usize = 16 << 10;

/// RTMP over TLS.
#[derive(Debug)]
pub(crate) struct Tls {
    socket: Arc<Socket>,
    session: Mutex<Session>,
}

#[derive(Debug)]
struct Session {
    tls: Connection,
    /// Whether records have been taken out and have not left yet. Stays `true` if sending them
    /// fails, because the peer could not decrypt the records that follow.
    is_taken_out: bool,
}

impl Tls {
    /// Makes a connection that has not shaken hands yet.
    pub(super) fn new(socket: Arc<Socket>, mut tls: Connection) -> Self {
        tls.set_buffer_limit(Some(AHEAD_BYTES));
        Self { socket, session: Mutex::new(Session { tls, is_taken_out: false }) }
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Returns what `ask` finds out about the session.
    pub(super) fn ask<T>(&self, ask: impl FnOnce(&Connection) -> T) -> T {
        ask(&self.session().tls)
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }

    /// Hands the session the bytes of the peer, at most [`READ_BYTES`]. Sends what the session
    /// answers: handshake messages, and the alert that says what is wrong.
    pub(super) fn receive(&self, mut ciphertext: &[u8]) -> Result<(), Fault> {
        let mut session = self.session();
        while !ciphertext.is_empty() {
            // The session reads nothing behind the close_notify of the peer.
            if session.tls.read_tls(&mut ciphertext)? == 0 {
                break;
            }
            if let Err(error) = session.tls.process_new_packets() {
                let _ = session.send_ready(&self.socket);
                return Err(Fault::Tls(error));
            }
        }
        Ok(session.send_ready(&self.socket)?)
    }

    /// Takes plaintext that has arrived already. Returns `None` if more must be read first.
    fn take_plaintext(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.session().tls.reader().read(buffer) {
            Ok(length) => Ok(Some(length)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            // The peer closed without a close_notify. RTMP knows where its messages end.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Some(0)),
            Err(error) => Err(error),
        }
    }
}

impl Session {
    /// Sends the records that are ready, as far as the socket takes them without waiting.
    fn send_ready(&mut self, socket: &Socket) -> io::Result<()> {
        while !self.is_taken_out && self.tls.wants_write() {
            match self.tls.write_tls(&mut Now(socket)) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn has_unsent(&self) -> bool {
        self.is_taken_out || self.tls.wants_write()
    }

    /// Takes the records that are ready, for the caller to send. Returns `None` if all have left.
    fn take_out(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.is_taken_out {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let mut records = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut records)?;
        }
        self.is_taken_out = !records.is_empty();
        Ok(self.is_taken_out.then_some(records))
    }
}

impl Transport for Tls {
    fn carrier(&self) -> Carrier {
        Carrier::Rtmps
    }

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let started = Instant::now();
        let (mut left, mut has_read) = (timeout, false);
        loop {
            if let Some(length) = self.take_plaintext(buffer)? {
                return Ok(length);
            }
            if left.is_zero() && has_read {
                return Err(ErrorKind::TimedOut.into());
            }
            // Plaintext is never longer than its record, so the caller's buffer serves for both.
            let room = buffer.len().min(READ_BYTES);
            let ciphertext = buffer.get_mut(..room).unwrap_or_default();
            let length = self.socket.read(ciphertext, left)?;
            if length == 0 {
                return Ok(0);
            }
            self.receive(ciphertext.get(..length).unwrap_or_default())?;
            // A peer that sends empty records must not keep the reader here beyond its timeout.
            left = timeout.saturating_sub(started.elapsed());
            has_read = true;
        }
    }

    /// Says `true` for records without plaintext too. A read of those waits for its timeout.
    fn has_input(&self) -> bool {
        let has_plaintext = |session: &mut Session| {
            let state = session.tls.process_new_packets();
            state.is_ok_and(|state| state.plaintext_bytes_to_read() > 0)
        };
        has_plaintext(&mut self.session()) || self.socket.has_input()
    }

    fn can_wait(&self) -> bool {
        self.socket.can_wait()
    }

    /// Does not wait if something has come: a read takes one record of it.
    fn wait_for(&self, bytes: usize, timeout: Duration) -> bool {
        self.has_input() || self.socket.wait_for(bytes, timeout)
    }

    fn try_send(&self, parts: &[Bytes]) -> io::Result<usize> {
        let mut session = self.session();
        session.send_ready(&self.socket)?;
        if session.has_unsent() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let taken = with_slices(parts, |slices| session.tls.writer().write_vectored(slices))?;
        session.send_ready(&self.socket)?;
        Ok(taken)
    }

    fn send(&self, parts: &[Bytes]) -> io::Result<usize> {
        self.flush()?;
        let taken =
            with_slices(parts, |slices| self.session().tls.writer().write_vectored(slices))?;
        self.flush()?;
        Ok(taken)
    }

    fn hold_back(&self, is_so: bool) {
        self.socket.hold_back(is_so);
    }

    /// Counts what is encrypted ahead of the socket too, which is one record at least.
    fn limit_unsent(&self, bytes: u32) {
        let ahead = usize::try_from(bytes).unwrap_or(AHEAD_BYTES);
        self.session().tls.set_buffer_limit(Some(ahead.clamp(RECORD_BYTES, AHEAD_BYTES)));
        self.socket.limit_unsent(bytes);
    }

    fn has_unsent(&self) -> bool {
        self.session().has_unsent()
    }

    fn round_trip(&self) -> Option<RoundTrip> {
        self.socket.round_trip()
    }

    /// Leaves out what is encrypted ahead of the socket.
    fn outgoing_bytes(&self) -> usize {
        self.socket.outgoing_bytes()
    }

    fn flush(&self) -> io::Result<()> {
        loop {
            let Some(records) = self.session().take_out()? else { return Ok(()) };
            send_all(&self.socket, &records)?;
            self.session().is_taken_out = false;
        }
    }

    fn acknowledge_with_answers(&self, is_so: bool) {
        self.socket.acknowledge_with_answers(is_so);
    }

    fn acknowledge(&self) {
        self.socket.acknowledge();
    }

    fn stop_reading(&self) {
        self.socket.stop_reading();
    }

    /// Sends a close_notify first, if the socket takes it without waiting.
    fn stop_writing(&self) {
        let mut session = self.session();
        session.tls.send_close_notify();
        let _ = session.send_ready(&self.socket);
        self.socket.stop_writing();
    }
}

/// Writes to the socket without waiting.
struct Now<'a>(&'a Socket);

impl Write for Now<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_send_slices(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_send_slices(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn send_all(socket: &Socket, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.send_slices(&[IoSlice::new(bytes)]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What went wrong with the bytes of a peer, or in answering them.
#[derive(Debug)]
pub(super) enum Fault {
    Socket(io::Error),
    Tls(rustls::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Socket(error) => error,
            Fault::Tls(error) => Self::new(ErrorKind::InvalidData, format!("TLS: {error}")),
        }
    }
}
