//! The state of a player's connection, its deadline, and how it is read.

use std::time::Instant;

use super::pending::{Pending, Request};
use super::transaction::whole_number;
use super::{Config, Error, Event, TransactionId};
use crate::protocol::amf::Value;
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::message::{Command, Data, Level, Status, UserControl};
use crate::protocol::peer::{Peer, Received};
use crate::protocol::{MessageStreamId, handshake};

/// The player's side of one connection. [The module](super) tells how to drive it.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use std::time::Instant;
///
/// use rendercast::protocol::PlayFrom;
/// use rendercast::protocol::client_session::{ClientSession, Event};
///
/// /// Plays `name` until the server hangs up. `client::Player` does it, and with timeouts.
/// fn play(
///     mut session: ClientSession,
///     mut socket: TcpStream,
///     name: &str,
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     let mut buffer = [0; 4096];
///     loop {
///         socket.write_all(&session.take_output())?;
///         let length = socket.read(&mut buffer)?;
///         if length == 0 {
///             return Ok(());
///         }
///         let mut input = &buffer[..length];
///         while let Some(event) = session.read(Instant::now(), &mut input)? {
///             match event {
///                 Event::Connected { .. } => session.create_stream(Instant::now()),
///                 Event::StreamCreated(stream) => {
///                     session.play(Instant::now(), stream, name, PlayFrom::Any);
///                 }
///                 Event::Media(message) => println!("{} bytes", message.payload.len()),
///                 _ => {}
///             }
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct ClientSession {
    pub(super) config: Config,
    /// `None` once it is complete.
    handshake: Option<handshake::Client>,
    pub(super) peer: Peer,
    pub(super) pending: Pending,
}

impl ClientSession {
    /// Creates a session whose output is C0 and C1, made from `seed`, which must be random.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        let mut peer = Peer::new(config.chunk);
        let mut handshake = handshake::Client::new(seed, handshake::Form::Simple);
        handshake.start(peer.output_mut());
        Self { config, handshake: Some(handshake), peer, pending: Pending::default() }
    }

    /// Reads from `input`, and advances it, up to the next event. Sends `connect` once the
    /// handshake is complete.
    ///
    /// Returns `None` once all of `input` is consumed. There may be output after each call.
    ///
    /// # Errors
    /// Says why the session cannot go on.
    pub fn read(&mut self, now: Instant, input: &mut &[u8]) -> Result<Option<Event>, Error> {
        if let Some(handshake) = &mut self.handshake {
            if !handshake.read(input, self.peer.output_mut())? {
                return Ok(None);
            }
            self.handshake = None;
            self.connect(now);
        }
        while let Some(received) = self.peer.read(input)? {
            if let Some(event) = self.take(received)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Returns when the oldest unanswered request times out, or `None` if all are answered.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.pending.deadline(self.config.reply_timeout)
    }

    /// Gives up a server that has left a request unanswered. An early call does nothing.
    ///
    /// # Errors
    /// Returns [`Error::NoReply`] if a request has waited for [`Config::reply_timeout`].
    pub fn handle_timeout(&self, now: Instant) -> Result<(), Error> {
        self.pending.check(now, self.config.reply_timeout)
    }

    /// Returns the chunk size that was announced to the server, in bytes. What is sent beside
    /// [`take_output`](Self::take_output) must use the same.
    #[must_use]
    pub const fn chunk_size(&self) -> usize {
        self.peer.chunk_size()
    }

    /// Returns the bytes to send and forgets them. Empty if there are none.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        self.peer.take_output()
    }

    fn take(&mut self, received: Received) -> Result<Option<Event>, Error> {
        match received {
            Received::Media(message) => self.media(message).map(Some),
            Received::Command(message) => self.take_command(&message),
            Received::UserControl(event) => Ok(user_control(&event)),
            Received::Malformed(error) => Err(Error::Message(error)),
        }
    }

    fn media(&self, message: Message) -> Result<Event, Error> {
        if matches!(message.message_type, MessageType::AUDIO | MessageType::VIDEO) {
            return Ok(Event::Media(message));
        }
        let limits = self.config.amf;
        let Data { name, values } = Data::decode(message.message_type, &message.payload, limits)?;
        Ok(Event::Data { name, values, message })
    }

    fn take_command(&mut self, message: &Message) -> Result<Option<Event>, Error> {
        let limits = self.config.amf;
        let command = Command::decode(message.message_type, &message.payload, limits)?;
        let stream = message.message_stream_id;
        match command.name.as_str() {
            "_result" => self.take_result(command),
            "_error" => self.take_error(&command, stream),
            "onStatus" => {
                let status = status(&command, Level::Status);
                if stream != MessageStreamId::CONNECTION || status.code.starts_with("NetStream.") {
                    self.pending.settle_stream(stream);
                }
                Ok(Some(Event::Status { stream, status }))
            }
            _ => Ok(Some(Event::Call {
                transaction: TransactionId::of(&command),
                procedure: command.name,
                arguments: command.arguments,
            })),
        }
    }

    fn take_result(&mut self, command: Command) -> Result<Option<Event>, Error> {
        let transaction = TransactionId::of(&command);
        let first = command.arguments.first();
        Ok(match self.pending.settle(transaction) {
            Some(Request::Connect) => Some(Event::Connected {
                information: first.cloned().unwrap_or(Value::Null),
                properties: command.command_object,
            }),
            Some(Request::CreateStream) => {
                let id = first.and_then(Value::as_number).and_then(whole_number);
                let id = id.ok_or(Error::Malformed { what: "a stream without an id" })?;
                Some(Event::StreamCreated(MessageStreamId(id)))
            }
            Some(Request::Call(_)) => {
                Some(Event::CallResult { transaction, outcome: Ok(command.arguments) })
            }
            Some(Request::Play(_) | Request::Publish(_) | Request::Optional) | None => None,
        })
    }

    /// Reports an error that answers no pending request as a status: some servers number their
    /// refusal of `play` 0.
    fn take_error(
        &mut self,
        command: &Command,
        stream: MessageStreamId,
    ) -> Result<Option<Event>, Error> {
        let status = status(command, Level::Error);
        let transaction = TransactionId::of(command);
        let refused = |procedure, status| Error::Refused { procedure, status: Box::new(status) };
        match self.pending.settle(transaction) {
            Some(Request::Connect) => Err(refused("connect", status)),
            Some(Request::CreateStream) => Err(refused("createStream", status)),
            Some(Request::Play(_)) => Err(refused("play", status)),
            Some(Request::Publish(_)) => Err(refused("publish", status)),
            Some(Request::Call(_)) => {
                Ok(Some(Event::CallResult { transaction, outcome: Err(status) }))
            }
            Some(Request::Optional) => Ok(None),
            None => Ok(Some(Event::Status { stream, status })),
        }
    }
}

fn user_control(event: &UserControl) -> Option<Event> {
    match *event {
        UserControl::StreamBegin(stream) => Some(Event::StreamBegin(stream)),
        UserControl::StreamEof(stream) => Some(Event::StreamEof(stream)),
        UserControl::StreamDry(stream) => Some(Event::StreamDry(stream)),
        UserControl::StreamIsRecorded(stream) => Some(Event::StreamIsRecorded(stream)),
        // A player has no use for the others, such as the state of the server's buffer.
        _ => None,
    }
}

/// Reads the status in an `onStatus` or an `_error`.
fn status(command: &Command, default: Level) -> Status {
    Status::from_info(command.arguments.first().unwrap_or(&Value::Null), default)
}
