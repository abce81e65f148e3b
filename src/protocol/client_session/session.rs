//! The state of a player's connection.

use std::mem;
use std::time::Instant;

use super::pending::{Pending, Request};
use super::transaction::whole_number;
use super::{Error, Event, Settings, TransactionId};
use crate::protocol::acknowledgement::Acknowledgement;
use crate::protocol::amf::Value;
use crate::protocol::chunk::{self, Message, MessageType};
use crate::protocol::message::{Command, Control, Data, Level, Parts, Status, UserControl};
use crate::protocol::{MessageStreamId, handshake};

/// A player's side of one connection; see [the module](super) for how to drive it.
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
    pub(super) settings: Settings,
    handshake: Option<handshake::Client>,
    chunks: chunk::Reader,
    /// What is left of an aggregate message: each of its parts is an event.
    parts: Option<Parts>,
    pub(super) writer: chunk::Writer,
    pub(super) output: Vec<u8>,
    acknowledgement: Acknowledgement,
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
            chunks: chunk::Reader::new(settings.chunk_limits),
            parts: None,
            settings,
            handshake: Some(handshake),
            writer: chunk::Writer::new(),
            output,
            acknowledgement: Acknowledgement::default(),
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
        if let Some(event) = self.next_part()? {
            return Ok(Some(event));
        }
        loop {
            let message = self.acknowledgement.read_message(&mut self.chunks, input)?;
            self.acknowledge_if_due();
            match message {
                Some(message) => {
                    if let Some(event) = self.take(message)? {
                        return Ok(Some(event));
                    }
                }
                None if input.is_empty() => return Ok(None),
                None => {}
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
    pub fn deadline(&self) -> Option<Instant> {
        self.pending.deadline(self.settings.reply_timeout)
    }

    /// Gives up on a server that leaves a request unanswered.
    ///
    /// # Errors
    /// [`Error::NoReply`] where a request has waited for [`Settings::reply_timeout`].
    pub fn handle_timeout(&self, now: Instant) -> Result<(), Error> {
        self.pending.check(now, self.settings.reply_timeout)
    }

    fn take(&mut self, message: Message) -> Result<Option<Event>, Error> {
        match message.message_type {
            message_type if message_type.is_media() => self.media(message).map(Some),
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => self.take_command(&message),
            MessageType::AGGREGATE => {
                self.parts = Some(Parts::new(&message));
                self.next_part()
            }
            MessageType::USER_CONTROL => self.take_user_control(&message.payload),
            message_type => self.take_control(message_type, &message.payload),
        }
    }

    /// The next message of an aggregate that makes an event.
    fn next_part(&mut self) -> Result<Option<Event>, Error> {
        while let Some(parts) = &mut self.parts {
            match parts.next().transpose()? {
                Some(part) if part.message_type.is_media() => return self.media(part).map(Some),
                Some(_) => {}
                None => self.parts = None,
            }
        }
        Ok(None)
    }

    fn media(&self, message: Message) -> Result<Event, Error> {
        if matches!(message.message_type, MessageType::AUDIO | MessageType::VIDEO) {
            return Ok(Event::Media(message));
        }
        let limits = self.settings.amf_limits;
        let Data { name, values } = Data::decode(message.message_type, &message.payload, limits)?;
        Ok(Event::Data { name, values, message })
    }

    fn take_command(&mut self, message: &Message) -> Result<Option<Event>, Error> {
        let limits = self.settings.amf_limits;
        let command = Command::decode(message.message_type, &message.payload, limits)?;
        let stream = message.message_stream_id;
        match command.name.as_str() {
            "_result" => self.take_result(command),
            "_error" => self.take_error(&command, stream).map(Some),
            "onStatus" => {
                self.pending.settle_play(stream);
                let status = status(&command, Level::Status);
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
            Some(Request::Play(_)) | None => None,
        })
    }

    /// An error that answers no request that waits is reported as a status: some servers number
    /// their refusal of `play` 0.
    fn take_error(&mut self, command: &Command, stream: MessageStreamId) -> Result<Event, Error> {
        let status = status(command, Level::Error);
        let transaction = TransactionId::of(command);
        let refused = |procedure, status| Error::Refused { procedure, status: Box::new(status) };
        match self.pending.settle(transaction) {
            Some(Request::Connect) => Err(refused("connect", status)),
            Some(Request::CreateStream) => Err(refused("createStream", status)),
            Some(Request::Play(_)) => Err(refused("play", status)),
            Some(Request::Call(_)) => Ok(Event::CallResult { transaction, outcome: Err(status) }),
            None => Ok(Event::Status { stream, status }),
        }
    }

    fn take_user_control(&mut self, payload: &[u8]) -> Result<Option<Event>, Error> {
        Ok(match UserControl::decode(payload)? {
            UserControl::StreamBegin(stream) => Some(Event::StreamBegin(stream)),
            UserControl::StreamEof(stream) => Some(Event::StreamEof(stream)),
            UserControl::StreamDry(stream) => Some(Event::StreamDry(stream)),
            UserControl::StreamIsRecorded(stream) => Some(Event::StreamIsRecorded(stream)),
            UserControl::PingRequest(time) => {
                self.send(&UserControl::PingResponse(time).message());
                None
            }
            // What else there is, such as the state of the server's buffer, a player need not know.
            _ => None,
        })
    }

    /// Set-chunk-size and abort messages have taken effect in the chunk reader.
    fn take_control(
        &mut self,
        message_type: MessageType,
        payload: &[u8],
    ) -> Result<Option<Event>, Error> {
        match Control::decode(message_type, payload)? {
            Some(Control::WindowAcknowledgementSize(window)) => {
                self.acknowledgement.set_window(window);
                self.acknowledge_if_due();
            }
            Some(Control::SetPeerBandwidth { size, .. }) => {
                self.send(&Control::WindowAcknowledgementSize(size).message());
            }
            _ => {}
        }
        Ok(None)
    }

    fn acknowledge_if_due(&mut self) {
        if let Some(total) = self.acknowledgement.take_due() {
            self.send(&Control::Acknowledgement(total).message());
        }
    }
}

/// What an `onStatus` or an `_error` says.
fn status(command: &Command, default: Level) -> Status {
    Status::from_info(command.arguments.first().unwrap_or(&Value::Null), default)
}
