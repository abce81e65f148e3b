//! A player of one stream.

use std::time::{Duration, Instant};

use super::{Error, NetConnection, Options, Url, UrlError};
use crate::media::Tag;
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk::Message;
use crate::protocol::client_session::{Event, TransactionId};
use crate::protocol::message::Status;
use crate::protocol::message::status::code;

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
/// let url = format!("{}/live/film", server.listen_addresses()[0]);
/// let first_key_frame = Player::open(&url)?
///     .filter_map(Result::ok)
///     .find(|tag| tag.is_key_frame());
/// assert!(first_key_frame.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Player {
    connection: NetConnection,
    stream: MessageStreamId,
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
        if url.name.is_empty() {
            return Err(UrlError::Name.into());
        }
        let connection = NetConnection::open_with(url, options)?;
        let mut player =
            Self { connection, stream: MessageStreamId::CONNECTION, position: 0, has_ended: false };
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
        self.connection.next_event()
    }

    /// Asks the server to stop where we are.
    ///
    /// # Errors
    /// Why it cannot be asked; the same holds for the requests below.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.connection.session.pause(self.stream, self.position);
        self.connection.flush()
    }

    /// Asks the server to go on where we are.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn resume(&mut self) -> Result<(), Error> {
        self.connection.session.resume(self.stream, self.position);
        self.connection.flush()
    }

    /// Asks the server to go on at `position`.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn seek(&mut self, position: Duration) -> Result<(), Error> {
        let milliseconds = whole_milliseconds(position);
        self.connection.session.seek(self.stream, milliseconds);
        self.connection.flush()
    }

    /// Asks the server to stop playing, for good.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn close(&mut self) -> Result<(), Error> {
        self.connection.session.close_stream(self.stream);
        self.connection.session.delete_stream(self.stream);
        self.connection.flush()
    }

    /// Calls a procedure of the server, as [`NetConnection::call`] does. The video goes on
    /// meanwhile, and is kept for later.
    ///
    /// # Errors
    /// Those of [`NetConnection::call`].
    pub fn call(&mut self, procedure: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        self.connection.call(procedure, arguments)
    }

    /// Calls a procedure of the server without waiting, as [`NetConnection::begin_call`] does.
    ///
    /// # Errors
    /// Why it cannot be called.
    pub fn begin_call(
        &mut self,
        procedure: &str,
        arguments: &[Value],
    ) -> Result<TransactionId, Error> {
        self.connection.begin_call(procedure, arguments)
    }

    /// Answers a call of the server that came as [`Event::Call`].
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub fn answer(&mut self, transaction: TransactionId, value: Value) -> Result<(), Error> {
        self.connection.answer(transaction, value)
    }

    fn start(&mut self, name: &str) -> Result<(), Error> {
        let connection = &mut self.connection;
        connection.session.create_stream(Instant::now());
        self.stream = connection.wait_for(|event| match event {
            Event::StreamCreated(stream) => Some(*stream),
            _ => None,
        })?;
        let start = connection.options().start;
        connection.session.play(Instant::now(), self.stream, name, start);
        let milliseconds = whole_milliseconds(connection.options().buffer_length);
        connection.session.set_buffer_length(self.stream, milliseconds);
        connection.wait_for(|event| match event {
            Event::Status { status, .. } => (status.code == code::PLAY_START).then_some(()),
            Event::Media(_) => Some(()),
            _ => None,
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
        let tag = Tag::from_message(message)?;
        self.position = tag.timestamp.0;
        Some(tag)
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

/// A duration as RTMP counts it; longer than 49 days is 49 days.
fn whole_milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
