//! A client that plays one stream.

use std::time::{Duration, Instant};

use super::moves::Moves;
use super::{Config, Connection, Error, Url};
use crate::media::Tag;
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk::Message;
use crate::protocol::client_session::{Event, TransactionId};
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::transport::Interrupter;

/// Plays one stream. As an iterator it blocks for the next tag, and ends with the stream. If the
/// server closes the connection before that, the last item is [`Error::Unfinished`].
///
/// If the server asks its clients to connect again, the player does so, and goes on with the tags
/// of the new connection; see [`Config::obey_reconnect`].
///
/// Dropping the player closes its connection.
///
/// ```
/// use rendercast::client::Player;
/// use rendercast::media::Film;
/// use rendercast::vod::{FileHandler, Library};
/// use rendercast::{Server, ServerConfig};
///
/// let film = Film::open("tests/assets/h264_aac.flv")?;
/// let server = Server::new(ServerConfig::default());
/// server.install(FileHandler::new(Library::memory([("film".to_owned(), film)])));
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
    connection: Connection,
    stream: MessageStreamId,
    position: u32,
    has_ended: bool,
    moves: Moves,
    /// Whether media have come on this connection. A server that asks again and again to connect
    /// anew, and plays nothing, is obeyed once.
    has_media: bool,
}

impl Player {
    /// Connects to the server of `url` and plays its stream, with the default [`Config`].
    ///
    /// # Errors
    /// [`Error::Url`], and those of [`Player::open_with`].
    pub fn open(url: &str) -> Result<Self, Error> {
        Self::open_with(&url.parse()?, Config::default())
    }

    /// Connects to the server of `url` and plays its stream. Blocks until the server plays it: for
    /// [`Config::connect_timeout`] and three times [`Config::reply_timeout`] at most.
    ///
    /// # Errors
    /// The reason why the stream does not play. It is [`Error::Status`] if there is no such stream.
    pub fn open_with(url: &Url, config: Config) -> Result<Self, Error> {
        Self::open_held(url, config, &Interrupter::default())
    }

    /// Opens as [`open_with`](Self::open_with) does. The interrupter is that of
    /// [`Connection::open_held`].
    pub(crate) fn open_held(
        url: &Url,
        config: Config,
        interrupter: &Interrupter,
    ) -> Result<Self, Error> {
        url.require_name()?;
        let moves = Moves::new(url.clone(), config.clone());
        let connection = Connection::open_held(url, config, interrupter)?;
        let mut player = Self {
            connection,
            stream: MessageStreamId::CONNECTION,
            position: 0,
            has_ended: false,
            moves,
            has_media: false,
        };
        player.start(&url.name)?;
        Ok(player)
    }

    /// Returns the message stream on which the server plays.
    #[must_use]
    pub const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    /// Returns the next event, as [`Connection::next_event`] does.
    ///
    /// # Errors
    /// Those of [`Connection::next_event`].
    pub fn next_event(&mut self) -> Result<Option<Event>, Error> {
        self.connection.next_event()
    }

    /// Asks the server to pause at the timestamp of the last tag. Does not wait for its answer.
    ///
    /// # Errors
    /// The reason why the request cannot be sent. The requests below have the same.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.connection.session.pause(self.stream, self.position);
        self.connection.flush()
    }

    /// Asks the server to go on from the timestamp of the last tag. Does not wait for its answer.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn resume(&mut self) -> Result<(), Error> {
        self.connection.session.resume(self.stream, self.position);
        self.connection.flush()
    }

    /// Asks the server to go on from `position`, in whole milliseconds. Does not wait for its
    /// answer.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn seek(&mut self, position: Duration) -> Result<(), Error> {
        let milliseconds = whole_milliseconds(position);
        self.connection.session.seek(self.stream, milliseconds);
        self.connection.flush()
    }

    /// Asks the server to end the stream. Does not wait for its answer.
    #[allow(clippy::missing_errors_doc, reason = "said once, at pause")]
    pub fn close(&mut self) -> Result<(), Error> {
        self.connection.session.close_stream(self.stream);
        self.connection.session.delete_stream(self.stream);
        self.connection.flush()
    }

    /// Calls a procedure of the server, as [`Connection::call`] does. Media that arrives during the
    /// wait is kept for later.
    ///
    /// # Errors
    /// Those of [`Connection::call`].
    pub fn call(&mut self, procedure: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        self.connection.call(procedure, arguments)
    }

    /// Calls a procedure of the server and does not wait, as [`Connection::begin_call`] does.
    ///
    /// # Errors
    /// The reason why the call cannot be sent.
    pub fn begin_call(
        &mut self,
        procedure: &str,
        arguments: &[Value],
    ) -> Result<TransactionId, Error> {
        self.connection.begin_call(procedure, arguments)
    }

    /// Answers an [`Event::Call`] of the server.
    ///
    /// # Errors
    /// The reason why the answer cannot be sent.
    pub fn answer(&mut self, transaction: TransactionId, value: Value) -> Result<(), Error> {
        self.connection.answer(transaction, value)
    }

    /// Returns the next tag that has arrived, without waiting. Returns `None` if there is none.
    pub(crate) fn arrived_tag(&mut self) -> Result<Option<Tag>, Error> {
        while !self.has_ended
            && let Some(event) = self.connection.arrived_event()?
        {
            if let Some(tag) = self.sift(event)? {
                return Ok(Some(tag));
            }
        }
        Ok(None)
    }

    /// Returns where the server wants this client to connect again, once for each request.
    pub(crate) const fn take_move(&mut self) -> Option<Url> {
        self.moves.take()
    }

    /// Connects again if the server asks for it. Plays on here if that fails.
    fn move_if_asked(&mut self) {
        if !self.has_media {
            return;
        }
        let Some(url) = self.moves.take_obeyed() else { return };
        match Self::open_with(&url, self.moves.config.clone()) {
            Ok(player) => *self = player,
            Err(error) => Moves::stay(&error),
        }
    }

    fn start(&mut self, name: &str) -> Result<(), Error> {
        let connection = &mut self.connection;
        self.stream = connection.create_stream()?;
        let play_from = connection.config().play_from;
        connection.session.play(Instant::now(), self.stream, name, play_from);
        let milliseconds = whole_milliseconds(connection.config().buffer_length);
        connection.session.set_buffer_length(self.stream, milliseconds);
        connection.wait_for(|event| match event {
            Event::Status { status, .. } => (status.code == code::PLAY_START).then_some(()),
            Event::Media(_) => Some(()),
            _ => None,
        })
    }

    /// Returns the tag of an event. Returns `None` if it has none, and notes the end of the stream.
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
        self.has_media = true;
        Some(tag)
    }

    fn note(&mut self, status: Status) -> Result<(), Error> {
        if self.moves.note(&status) {
            return Ok(());
        }
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
            self.move_if_asked();
            let tag = match self.next_event() {
                Ok(Some(event)) => self.sift(event),
                Ok(None) => Err(Error::Unfinished),
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

/// Returns a duration as RTMP counts it. More than 49 days become 49 days.
fn whole_milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
