//! A player on a blocking socket.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::mem;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use super::kept::{Heard, Kept};
use super::{Error, Options, Url, Wait};
use crate::media::{Tag, TagKind};
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::client_session::{ClientSession, Event, Settings, TransactionId};
use crate::protocol::message::Status;
use crate::protocol::message::status::code;

/// How much is read at once; a second of video at 500 kbit/s.
const READ_BYTES: usize = 64 << 10;

/// Plays one stream. As an iterator it blocks for the next tag, and ends where the stream does.
///
/// Dropping it hangs up.
///
/// ```
/// use std::sync::Arc;
///
/// use rendercast::client::Player;
/// use rendercast::media::flv;
/// use rendercast::vod::{FileHandler, Library};
/// use rendercast::{Server, ServerConfig};
///
/// let file = Arc::new(flv::File::open("tests/assets/h264_aac.flv")?);
/// let server = Server::new(ServerConfig::default());
/// server.install(FileHandler::new(Library::memory([("film".to_owned(), file)])));
/// server.start("127.0.0.1:0")?;
///
/// let url = format!("rtmp://{}/live/film", server.listen_addresses()[0]);
/// let first_key_frame = Player::open(&url)?
///     .filter_map(Result::ok)
///     .find(|tag| tag.is_key_frame());
/// assert!(first_key_frame.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Player {
    socket: TcpStream,
    session: ClientSession,
    stream: MessageStreamId,
    options: Options,
    buffer: Vec<u8>,
    unread: usize,
    /// How many bytes have been taken in since the last event.
    taken: usize,
    kept: Kept,
    position: u32,
    has_ended: bool,
}

impl Player {
    /// Connects to the server of `url` and asks for its stream, with the default [`Options`].
    ///
    /// # Errors
    /// As [`Player::open_with`], and [`Error::Url`].
    pub fn open(url: &str) -> Result<Self, Error> {
        Self::open_with(&url.parse()?, Options::default())
    }

    /// Connects to the server of `url` and asks for its stream. Blocks until it plays.
    ///
    /// # Errors
    /// Whatever keeps it from playing: [`Error::Status`] where there is no such stream.
    pub fn open_with(url: &Url, options: Options) -> Result<Self, Error> {
        let socket = connect(url, options.connect_timeout)?;
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(options.silence_timeout))?;
        let settings = Settings {
            reply_timeout: options.reply_timeout,
            ..Settings::new(url.app.as_str(), url.tc_url())
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let mut player = Self {
            socket,
            session: ClientSession::new(settings, seed),
            stream: MessageStreamId::CONNECTION,
            kept: Kept::new(options.kept_bytes),
            options,
            buffer: Vec::with_capacity(READ_BYTES),
            unread: 0,
            taken: 0,
            position: 0,
            has_ended: false,
        };
        player.start(&url.name)?;
        Ok(player)
    }

    /// The message stream that is played.
    #[must_use]
    pub const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    /// Blocks for the next event: media, statuses, and what else the server says. None: the server
    /// has closed the connection.
    ///
    /// # Errors
    /// Why there are no more events. A status of level `error` is an event, not an error.
    pub fn next_event(&mut self) -> Result<Option<Event>, Error> {
        match self.kept.pop() {
            Some(event) => Ok(Some(event)),
            None => Ok(self.read_event()?.map(|heard| heard.event)),
        }
    }

    /// Asks the server to stop where we are.
    ///
    /// # Errors
    /// Why it cannot be asked; the same holds for the requests below.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.session.pause(self.stream, self.position);
        self.flush()
    }

    /// Asks the server to go on where we are.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn resume(&mut self) -> Result<(), Error> {
        self.session.resume(self.stream, self.position);
        self.flush()
    }

    /// Asks the server to go on at `position`.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn seek(&mut self, position: Duration) -> Result<(), Error> {
        let milliseconds = whole_milliseconds(position);
        self.session.seek(self.stream, milliseconds);
        self.flush()
    }

    /// Asks the server to stop playing, for good.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn close(&mut self) -> Result<(), Error> {
        self.session.close_stream(self.stream);
        self.session.delete_stream(self.stream);
        self.flush()
    }

    /// Calls a procedure of the server, and blocks for the values that it returns. What happens
    /// meanwhile is kept for later.
    ///
    /// # Errors
    /// [`Error::Status`] where the procedure failed, [`Error::TooMuchKept`] where too much happens
    /// meanwhile, or why there is no answer.
    pub fn call(&mut self, procedure: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        let call = self.session.call(Instant::now(), procedure, arguments);
        loop {
            let heard = self.read_event()?.ok_or(Error::Closed)?;
            match heard.event {
                Event::CallResult { transaction, outcome } if transaction == call => {
                    return outcome.map_err(Error::from);
                }
                event => self.kept.push(Heard { event, ..heard })?,
            }
        }
    }

    /// Answers a call of the server that came as [`Event::Call`].
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub fn answer(&mut self, transaction: TransactionId, value: Value) -> Result<(), Error> {
        self.session.answer(transaction, value);
        self.flush()
    }

    fn start(&mut self, name: &str) -> Result<(), Error> {
        self.wait_for(|event| matches!(event, Event::Connected { .. }).then_some(()))?;
        self.session.create_stream(Instant::now());
        self.stream = self.wait_for(|event| match event {
            Event::StreamCreated(stream) => Some(*stream),
            _ => None,
        })?;
        self.session.play(Instant::now(), self.stream, name, self.options.start);
        let milliseconds = whole_milliseconds(self.options.buffer_length);
        self.session.set_buffer_length(self.stream, milliseconds);
        self.wait_for(|event| match event {
            Event::Status { status, .. } => (status.code == code::PLAY_START).then_some(()),
            Event::Media(_) => Some(()),
            _ => None,
        })
    }

    /// Reads until `found` finds what it looks for; the events until then are kept, that one
    /// included where it is media.
    fn wait_for<T>(&mut self, found: impl Fn(&Event) -> Option<T>) -> Result<T, Error> {
        loop {
            let heard = self.read_event()?.ok_or(Error::Closed)?;
            match heard.event {
                Event::Status { status, .. } if status.is_error() => return Err(status.into()),
                event => {
                    let result = found(&event);
                    self.kept.push(Heard { event, ..heard })?;
                    if let Some(result) = result {
                        return Ok(result);
                    }
                }
            }
        }
    }

    fn read_event(&mut self) -> Result<Option<Heard>, Error> {
        loop {
            let filled = self.buffer.len();
            let mut input = self.buffer.get(filled - self.unread..).unwrap_or_default();
            let event = self.session.read(Instant::now(), &mut input)?;
            self.taken = self.taken.saturating_add(self.unread.saturating_sub(input.len()));
            self.unread = input.len();
            self.flush()?;
            // Here too, as media that flows without a gap never lets the socket time out.
            self.session.check_deadline(Instant::now())?;
            if let Some(event) = event {
                return Ok(Some(Heard { event, bytes: mem::take(&mut self.taken) }));
            }
            if !self.receive()? {
                return Ok(None);
            }
        }
    }

    /// Reads from the socket; false where the server has closed it.
    fn receive(&mut self) -> Result<bool, Error> {
        let timeout = self.read_timeout();
        self.socket.set_read_timeout(Some(timeout))?;
        self.buffer.resize(READ_BYTES, 0);
        let received = self.socket.read(&mut self.buffer);
        self.buffer.truncate(*received.as_ref().unwrap_or(&0));
        self.unread = self.buffer.len();
        match received {
            Ok(received) => Ok(received > 0),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) if is_timeout(&error) => {
                self.session.check_deadline(Instant::now())?;
                Err(Error::Timeout { wait: Wait::Silence, after: timeout })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// As long as the server may be silent, but not beyond the next deadline of an answer.
    fn read_timeout(&self) -> Duration {
        let left = self
            .session
            .next_deadline()
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // A socket takes a timeout of nothing for an error, and may wake up a little before its time.
        left.map_or(self.options.silence_timeout, |left| {
            (left + Duration::from_millis(1)).min(self.options.silence_timeout)
        })
    }

    fn flush(&mut self) -> Result<(), Error> {
        let output = self.session.take_output();
        self.socket.write_all(&output).map_err(|error| {
            if is_timeout(&error) {
                Error::Timeout { wait: Wait::Write, after: self.options.silence_timeout }
            } else {
                error.into()
            }
        })
    }

    /// The tag of an event, or the end of the stream, or nothing that an iterator of tags shows.
    fn sift(&mut self, event: Event) -> Result<Option<Tag>, Error> {
        match event {
            Event::Media(message) | Event::Data { message, .. } => Ok(self.tag(message)),
            Event::StreamEof(stream) => {
                self.has_ended |= stream == self.stream;
                Ok(None)
            }
            Event::Status { status, .. } => self.note(status).map(|()| None),
            _ => Ok(None),
        }
    }

    fn tag(&mut self, message: Message) -> Option<Tag> {
        let kind = match message.message_type {
            MessageType::AUDIO => TagKind::Audio,
            MessageType::VIDEO => TagKind::Video,
            MessageType::DATA_AMF0 => TagKind::Script,
            _ => return None,
        };
        self.position = message.timestamp.0;
        Some(Tag { kind, timestamp: message.timestamp, payload: message.payload })
    }

    fn note(&mut self, status: Status) -> Result<(), Error> {
        if status.is_error() {
            return Err(status.into());
        }
        self.has_ended |= status.is_end_of_stream();
        Ok(())
    }
}

impl Iterator for Player {
    type Item = Result<Tag, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            let tag = match self.next_event() {
                Ok(Some(event)) => self.sift(event),
                Ok(None) => return None,
                Err(error) => Err(error),
            };
            self.has_ended |= tag.is_err();
            if let Some(tag) = tag.transpose() {
                return Some(tag);
            }
        }
        None
    }
}

/// Tries the addresses of the server one after the other.
fn connect(url: &Url, timeout: Duration) -> Result<TcpStream, Error> {
    let mut failure = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in url.address().to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = error,
        }
    }
    if is_timeout(&failure) {
        return Err(Error::Timeout { wait: Wait::Connection, after: timeout });
    }
    Err(failure.into())
}

/// Whether a socket's timeout expired: Unix says `WouldBlock`, Windows says `TimedOut`.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// A duration as RTMP counts it; longer than 49 days is 49 days.
fn whole_milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
