//! The state of a player's connection.

use std::mem;
use std::time::Instant;

use super::acknowledgement::Acknowledgements;
use super::command::{self, Command, whole_number};
use super::pending::{Pending, Request};
use super::user_control::{self, UserControl};
use super::{Error, Event, Settings, Status};
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk::{self, Message, MessageType};
use crate::protocol::handshake;
use crate::protocol::wire::Reader;

/// A player's side of one connection; see [the module](super) for how to drive it.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use std::time::Instant;
///
/// use rendercast::protocol::client_session::{ClientSession, Event, Start};
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
///                     session.play(Instant::now(), stream, name, Start::Any);
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
    pub(super) settings: Settings,
    handshake: Option<handshake::Client>,
    reader: chunk::Reader,
    pub(super) writer: chunk::Writer,
    pub(super) output: Vec<u8>,
    acknowledgements: Acknowledgements,
    pub(super) pending: Pending,
}

impl ClientSession {
    /// A session that has C0 and C1 to send, made from `seed`, which should be random.
    #[must_use]
    pub fn new(settings: Settings, seed: [u8; 32]) -> Self {
        let mut output = Vec::new();
        let mut handshake = handshake::Client::new(seed, handshake::Form::Simple);
        handshake.start(&mut output);
        Self {
            reader: chunk::Reader::new(settings.chunk_limits),
            settings,
            handshake: Some(handshake),
            writer: chunk::Writer::new(),
            output,
            acknowledgements: Acknowledgements::default(),
            pending: Pending::default(),
        }
    }

    /// Reads on in `input`, moving it past what was consumed, until something happens; `connect` is
    /// sent as soon as the handshake is done.
    ///
    /// None: all of `input` was consumed. There may be output after each call.
    ///
    /// # Errors
    /// Why the session cannot go on.
    pub fn read(&mut self, now: Instant, input: &mut &[u8]) -> Result<Option<Event>, Error> {
        if let Some(handshake) = &mut self.handshake {
            if !handshake.read(input, &mut self.output)? {
                return Ok(None);
            }
            self.handshake = None;
            self.connect(now);
        }
        loop {
            let before = input.len();
            let message = self.reader.read(input)?;
            self.acknowledge(before.saturating_sub(input.len()));
            let Some(message) = message else { return Ok(None) };
            if let Some(event) = self.take(message)? {
                return Ok(Some(event));
            }
        }
    }

    /// What must be sent next; it is forgotten here.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.output)
    }

    /// When a request will have waited too long for its answer.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.pending.deadline(self.settings.reply_timeout)
    }

    /// Gives up on a server that leaves a request unanswered.
    ///
    /// # Errors
    /// [`Error::NoReply`] where a request has waited for [`Settings::reply_timeout`].
    pub fn check_deadline(&self, now: Instant) -> Result<(), Error> {
        self.pending.check(now, self.settings.reply_timeout)
    }

    fn take(&mut self, message: Message) -> Result<Option<Event>, Error> {
        match message.message_type {
            MessageType::AUDIO | MessageType::VIDEO | MessageType::AGGREGATE => {
                Ok(Some(Event::Media(message)))
            }
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => {
                let command = Command::read(&message, self.settings.amf_limits)?;
                self.take_command(command, message.message_stream_id)
            }
            MessageType::DATA_AMF0 | MessageType::DATA_AMF3 => self.data(message).map(Some),
            MessageType::USER_CONTROL => self.take_user_control(&message.payload),
            MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE => {
                self.acknowledgements.set_window(leading_number(&message)?);
                Ok(None)
            }
            MessageType::SET_PEER_BANDWIDTH => {
                let window = leading_number(&message)?;
                self.send_number(MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE, window);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn take_command(
        &mut self,
        command: Command,
        stream: MessageStreamId,
    ) -> Result<Option<Event>, Error> {
        match command.name.as_str() {
            "_result" => self.take_result(command),
            "_error" => self.take_error(command, stream).map(Some),
            "onStatus" => {
                self.pending.settle_play(stream);
                let status =
                    Status::new(command.arguments.into_iter().next().unwrap_or(Value::Null));
                Ok(Some(Event::Status { stream, status }))
            }
            _ => Ok(Some(Event::Call {
                transaction: command.transaction,
                procedure: command.name,
                arguments: command.arguments,
            })),
        }
    }

    fn take_result(&mut self, command: Command) -> Result<Option<Event>, Error> {
        let first = command.arguments.first();
        Ok(match self.pending.settle(command.transaction) {
            Some(Request::Connect) => Some(Event::Connected {
                information: first.cloned().unwrap_or(Value::Null),
                properties: command.object,
            }),
            Some(Request::CreateStream) => {
                let id = first.and_then(Value::as_number).and_then(whole_number);
                let id = id.ok_or(Error::Malformed { what: "a stream without an id" })?;
                Some(Event::StreamCreated(MessageStreamId(id)))
            }
            Some(Request::Call(_)) => Some(Event::CallResult {
                transaction: command.transaction,
                outcome: Ok(command.arguments),
            }),
            Some(Request::Play(_)) | None => None,
        })
    }

    /// An error that answers no request that waits is reported as a status: some servers number
    /// their refusal of `play` 0.
    fn take_error(&mut self, command: Command, stream: MessageStreamId) -> Result<Event, Error> {
        let status = Status::new(command.arguments.into_iter().next().unwrap_or(Value::Null));
        let refused = |procedure, status| Error::Refused { procedure, status: Box::new(status) };
        match self.pending.settle(command.transaction) {
            Some(Request::Connect) => Err(refused("connect", status)),
            Some(Request::CreateStream) => Err(refused("createStream", status)),
            Some(Request::Play(_)) => Err(refused("play", status)),
            Some(Request::Call(_)) => {
                Ok(Event::CallResult { transaction: command.transaction, outcome: Err(status) })
            }
            None => Ok(Event::Status { stream, status }),
        }
    }

    fn data(&self, message: Message) -> Result<Event, Error> {
        let mut values = command::readable_values(&message, self.settings.amf_limits);
        let Some(Value::String(name)) = values.next() else {
            return Err(Error::Malformed { what: "a data message without a name" });
        };
        let values = values.collect();
        Ok(Event::Data { name, values, message })
    }

    fn take_user_control(&mut self, payload: &[u8]) -> Result<Option<Event>, Error> {
        match UserControl::read(payload)? {
            UserControl::Event(event) => Ok(Some(event)),
            UserControl::Ping(number) => {
                self.send_control(MessageType::USER_CONTROL, user_control::ping_response(number));
                Ok(None)
            }
            UserControl::Other => Ok(None),
        }
    }

    fn acknowledge(&mut self, bytes: usize) {
        self.acknowledgements.count(bytes);
        if let Some(total) = self.acknowledgements.due() {
            self.send_number(MessageType::ACKNOWLEDGEMENT, total);
        }
    }
}

/// The number that a protocol control message is made of.
fn leading_number(message: &Message) -> Result<u32, Error> {
    Reader::new(&message.payload)
        .u32()
        .map_err(|_| Error::Malformed { what: "a protocol control message that is too short" })
}
