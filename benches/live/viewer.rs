//! A light viewer: the protocol in full, the media counted and thrown away.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Instant;

use anyhow::{Result, ensure};
use mio::net::TcpStream;
use rendercast::protocol::PlayFrom;
use rendercast::protocol::chunk::MessageType;
use rendercast::protocol::client_session::{ClientSession, Config, Event};

use crate::media;

/// What viewers have received.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// Which video messages count: those that were published in that time, in nanoseconds.
    pub(crate) counted: Range<u64>,
    /// From the publisher to the viewer, in microseconds, of each video message that counts.
    pub(crate) delays_us: Vec<u32>,
    /// From the connect to the first key frame, in milliseconds, of each viewer that has one.
    pub(crate) joins_ms: Vec<f64>,
}

impl Received {
    pub(crate) fn add(&mut self, mut other: Self) {
        self.delays_us.append(&mut other.delays_us);
        self.joins_ms.append(&mut other.joins_ms);
    }
}

/// One connection that never blocks. Without a session it reads bytes alone, for the floor.
#[derive(Debug)]
pub(crate) struct Viewer {
    pub(crate) socket: TcpStream,
    session: Option<ClientSession>,
    unsent: Vec<u8>,
    started: Instant,
    has_key_frame: bool,
}

impl Viewer {
    pub(crate) fn connect(server: SocketAddr, is_rtmp: bool) -> Result<Self> {
        let started = Instant::now();
        let socket = TcpStream::connect(server)?;
        let config = Config::new("live", format!("rtmp://{server}/live"));
        let session = is_rtmp.then(|| ClientSession::new(config, [7; 32]));
        Ok(Self { socket, session, unsent: Vec::new(), started, has_key_frame: false })
    }

    /// Reads what has arrived, and answers. Returns how many bytes that was.
    pub(crate) fn advance(
        &mut self,
        buffer: &mut [u8],
        origin: Instant,
        received: &mut Received,
    ) -> Result<usize> {
        self.send()?;
        let mut bytes = 0;
        loop {
            let length = match self.socket.read(buffer) {
                Err(error) if is_temporary(&error) => return Ok(bytes),
                length => length?,
            };
            ensure!(length > 0, "the server closed a connection");
            bytes += length;
            self.take(&buffer[..length], origin, received)?;
            self.send()?;
            // A short read has emptied the socket.
            if length < buffer.len() {
                return Ok(bytes);
            }
        }
    }

    fn take(&mut self, mut input: &[u8], origin: Instant, received: &mut Received) -> Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let now = Instant::now();
        while let Some(event) = session.read(now, &mut input)? {
            match event {
                Event::Connected { .. } => session.create_stream(now),
                Event::StreamCreated(stream) => session.play(now, stream, "s", PlayFrom::Any),
                Event::Media(message) if message.message_type == MessageType::VIDEO => {
                    let Some(stamp) = media::stamp(&message.payload) else { continue };
                    if received.counted.contains(&stamp) {
                        let delay = (now - origin).as_nanos() as u64 - stamp;
                        received.delays_us.push((delay / 1000) as u32);
                    }
                    if !self.has_key_frame && message.payload[0] == 0x17 {
                        self.has_key_frame = true;
                        received.joins_ms.push((now - self.started).as_secs_f64() * 1e3);
                    }
                }
                Event::Status { status, .. } => {
                    ensure!(!status.is_error(), "the server refuses: {status}");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        if let Some(session) = &mut self.session {
            self.unsent.append(&mut session.take_output());
        }
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Err(error) if is_temporary(&error) => return Ok(()),
                sent => drop(self.unsent.drain(..sent?)),
            }
        }
        Ok(())
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected)
}
