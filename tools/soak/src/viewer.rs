//! A light viewer: the protocol in full, the media counted and thrown away.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use rendercast::protocol::PlayFrom;
use rendercast::protocol::client_session::{ClientSession, Config, Error, Event};
use rendercast::protocol::message::Status;

use crate::carrier::{self, Carrier};
use crate::flv_stream::{Fault, FlvStream, Wrapping};
use crate::random::Random;
use crate::speech::Speech;
use crate::target::{Door, Films};
use crate::watch::Watch;

/// How much media a viewer wants to hold, in milliseconds: what ffmpeg asks for.
const BUFFER_LENGTH: u32 = 3000;

/// Why a viewer plays no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Departure {
    #[error("the stream has ended")]
    Ended,
    #[error("the server closed the connection")]
    Closed,
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    #[error(transparent)]
    Session(#[from] Error),
    #[error("the server reports: {0}")]
    Refused(Box<Status>),
    #[error(transparent)]
    Flv(Fault),
}

/// The conversation of a viewer.
#[derive(Debug)]
enum Session {
    Rtmp(Box<ClientSession>),
    Flv(FlvStream),
}

/// One light viewer; it never blocks.
#[derive(Debug)]
pub(crate) struct Viewer {
    pub(crate) carrier: Box<dyn Carrier>,
    pub(crate) watch: Watch,
    session: Session,
    unsent: Vec<u8>,
    name: String,
    from: PlayFrom,
}

impl Viewer {
    /// Starts to connect.
    pub(crate) fn connect(door: &Door, now: Instant, random: &mut Random) -> io::Result<Self> {
        let carrier = carrier::connect(door)?;
        let url = &door.url;
        let settings = Config::new(url.app.as_str(), url.tc_url());
        let (name, from) = match door.films {
            Some(Films { count, seconds }) => {
                let start = Duration::from_secs(random.between(0, seconds.into()));
                (format!("film{}", random.between(0, count.into())), PlayFrom::At(start))
            }
            None => (url.name.clone(), PlayFrom::Any),
        };
        let mut seed = [0; 32];
        random.fill(&mut seed);
        let path = format!("/{}/{name}", url.app);
        let session = match door.speech {
            Speech::Rtmp(_) => Session::Rtmp(Box::new(ClientSession::new(settings, seed))),
            Speech::Http => Session::Flv(FlvStream::new(Wrapping::Chunks, &url.host, &path)),
            Speech::WebSocket => {
                Session::Flv(FlvStream::new(Wrapping::WebSocket, &url.host, &path))
            }
        };
        Ok(Self { carrier, watch: Watch::new(now), session, unsent: Vec::new(), name, from })
    }

    /// Whether it has something to show.
    pub(crate) const fn is_playing(&self) -> bool {
        self.watch.first_key_frame.is_some()
    }

    /// Fails where the server leaves it waiting; notes a stall.
    pub(crate) fn check(&mut self, now: Instant) -> Result<(), Departure> {
        self.watch.check(now);
        match &mut self.session {
            Session::Rtmp(session) => Ok(session.handle_timeout(now)?),
            Session::Flv(_) => Ok(()),
        }
    }

    /// Reads what has arrived, up to `allowance` bytes, and sends what there is to say.
    pub(crate) fn advance(
        &mut self,
        now: Instant,
        scratch: &mut [u8],
        allowance: usize,
    ) -> Result<(), Departure> {
        self.send(now)?;
        let mut left = allowance;
        while left > 0 {
            let room = scratch.len().min(left);
            let received = match self.carrier.read(now, &mut scratch[..room]) {
                Ok(0) => return Err(Departure::Closed),
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            left -= received;
            self.watch.bytes += received as u64;
            self.take(now, &scratch[..received])?;
            self.send(now)?;
            // The socket is as good as empty; before it plays, mio demands that we see it empty.
            if received < room && self.is_playing() {
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, now: Instant, mut input: &[u8]) -> Result<(), Departure> {
        let session = match &mut self.session {
            Session::Rtmp(session) => session,
            Session::Flv(stream) => {
                let watch = &mut self.watch;
                return stream.read(input, |message| watch.media(now, message)).map_err(departure);
            }
        };
        while let Some(event) = session.read(now, &mut input)? {
            match event {
                Event::Media(message) => self.watch.media(now, &message),
                Event::Connected { .. } => session.create_stream(now),
                Event::StreamCreated(stream) => {
                    session.play(now, stream, &self.name, self.from);
                    session.set_buffer_length(stream, BUFFER_LENGTH);
                }
                Event::Status { status, .. } if status.is_error() => {
                    return Err(Departure::Refused(Box::new(status)));
                }
                Event::Status { status, .. } if status.is_end_of_stream() => {
                    return Err(Departure::Ended);
                }
                Event::StreamEof(_) => return Err(Departure::Ended),
                _ => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, now: Instant) -> io::Result<()> {
        self.unsent.append(&mut match &mut self.session {
            Session::Rtmp(session) => session.take_output(),
            Session::Flv(stream) => stream.take_output(),
        });
        while !self.unsent.is_empty() {
            match self.carrier.write(now, &self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_early(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn departure(fault: Fault) -> Departure {
    match fault {
        Fault::Ended => Departure::Ended,
        fault => Departure::Flv(fault),
    }
}

/// Whether the socket takes nothing for now, or is not connected yet.
fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}
