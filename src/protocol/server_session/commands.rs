//! Turns each command into an event, or refuses it.

use super::session::Phase;
use super::{Call, CallReply, Connect, CreateStream, Event, Ignored, Play, Play2, Publish};
use super::{ObjectEncoding, ServerSession};
use crate::protocol::amf::Value;
use crate::protocol::chunk::Message;
use crate::protocol::message::status::code;
use crate::protocol::message::{Command, Error, Status};
use crate::protocol::{Capabilities, MessageStreamId, Timestamp};

impl ServerSession {
    pub(super) fn command(&mut self, message: &Message) -> Event {
        let limits = match self.phase {
            Phase::AwaitingConnect { .. } => self.config.connect_limits(),
            _ => self.config.amf,
        };
        let command = match Command::decode(message.message_type, &message.payload, limits) {
            Ok(command) => command,
            Err(error) => return self.malformed_command(error),
        };
        match (&self.phase, command.name.as_str()) {
            (Phase::AwaitingConnect { .. }, "connect") => self.connect(command),
            (_, "connect") => self.connect_again(&command),
            (Phase::Connected, "_result") => Self::call_result(command, Ok),
            (Phase::Connected, "_error") => Self::call_result(command, Err),
            (Phase::Connected, "createStream") => self.create_stream(command),
            (Phase::Connected, "deleteStream") => self.delete_stream(&command),
            (Phase::Connected, _) => self.stream_command(message.message_stream_id, command),
            _ => self.too_early(&command),
        }
    }

    fn connect(&mut self, command: Command) -> Event {
        self.phase = Phase::Connecting { transaction_id: command.transaction_id };
        self.encoding = ObjectEncoding::asked_for(&command.command_object);
        self.capabilities = Capabilities::read(&command.command_object);
        Event::Connect(Connect {
            command_object: command.command_object,
            arguments: command.arguments,
        })
    }

    fn connect_again(&mut self, command: &Command) -> Event {
        let status = Status::error(code::CONNECT_REJECTED, "This connection is connected already.");
        self.refuse(command.transaction_id, &status);
        Event::Ignored(Ignored::ConnectedAlready)
    }

    fn too_early(&mut self, command: &Command) -> Event {
        let status = Status::error(code::CALL_FAILED, "The connection has not been accepted.");
        if !is_answer(&command.name) {
            self.refuse(command.transaction_id, &status);
        }
        Event::Ignored(Ignored::not_connected(&command.name))
    }

    fn malformed_command(&mut self, error: Error) -> Event {
        if let Error::Arguments { name, transaction_id, .. } = &error
            && !is_answer(name)
        {
            let status = Status::error(code::CALL_FAILED, "The arguments cannot be read.");
            self.refuse(*transaction_id, &status);
        }
        Event::Ignored(Ignored::Malformed(error))
    }

    /// Some clients return their result in place of the command object.
    fn call_result(command: Command, outcome: fn(Value) -> Result<Value, Value>) -> Event {
        let returned = command.arguments.into_iter().next().unwrap_or(command.command_object);
        Event::CallResult { transaction_id: command.transaction_id, result: outcome(returned) }
    }

    fn create_stream(&mut self, command: Command) -> Event {
        let Some(stream) = self.streams.create() else {
            let limit = self.streams.limit();
            let description = format!("A connection may have {limit} streams at a time.");
            self.refuse(command.transaction_id, &Status::error(code::CALL_FAILED, description));
            return Event::Ignored(Ignored::TooManyStreams { limit });
        };
        Event::CreateStream(CreateStream {
            stream,
            command_object: command.command_object,
            arguments: command.arguments,
            transaction_id: command.transaction_id,
        })
    }

    fn delete_stream(&mut self, command: &Command) -> Event {
        let stream = MessageStreamId(number(&command.arguments, 0) as u32);
        if self.streams.delete(stream) {
            Event::DeleteStream(stream)
        } else {
            Event::Ignored(Ignored::unknown_stream(&command.name, stream))
        }
    }

    /// Handles a command about the stream that its message names. A command of unknown name is a
    /// call.
    fn stream_command(&mut self, id: MessageStreamId, command: Command) -> Event {
        let Some(parse) = parser(&command.name) else {
            return Event::Call(Call {
                procedure: command.name,
                command_object: command.command_object,
                arguments: command.arguments,
                reply: CallReply { transaction_id: command.transaction_id },
            });
        };
        match self.streams.meant_by(id) {
            Some(stream) => self.check_name(parse(stream, &command.arguments)),
            None => self.unknown_stream(id, &command),
        }
    }

    /// Refuses a stream name that is too long. Other events pass.
    fn check_name(&mut self, event: Event) -> Event {
        let (stream, name, code) = match &event {
            Event::Play(Play { stream, name, .. }) | Event::Play2(Play2 { stream, name, .. }) => {
                (*stream, name, code::PLAY_FAILED)
            }
            Event::Publish(Publish { stream, name, .. }) => (*stream, name, code::PUBLISH_BAD_NAME),
            _ => return event,
        };
        let Some(description) = self.config.fault_of_name(name) else { return event };
        let (size, max) = (name.len(), self.config.stream_name_bytes);
        self.send_status(stream, &Status::error(code, description));
        Event::Ignored(Ignored::NameTooLong { size, max })
    }

    fn unknown_stream(&mut self, id: MessageStreamId, command: &Command) -> Event {
        let code = match command.name.as_str() {
            "play" | "play2" => code::PLAY_FAILED,
            _ => code::STREAM_FAILED,
        };
        // Clients close streams that they have deleted. That is no error.
        if command.name != "closeStream" {
            let description = format!("There is no stream {id}; create one first.");
            self.send_status(id, &Status::error(code, description));
        }
        Event::Ignored(Ignored::unknown_stream(&command.name, id))
    }
}

type Parser = fn(MessageStreamId, &[Value]) -> Event;

/// Returns what parses the arguments of a command about a stream, or `None` for other commands.
fn parser(name: &str) -> Option<Parser> {
    Some(match name {
        "closeStream" => |stream, _| Event::CloseStream(stream),
        "play" => |stream, arguments| match arguments.first() {
            // Flash sends this for NetStream.play(false).
            Some(Value::Boolean(false)) => Event::CloseStream(stream),
            _ => Event::Play(Play::parse(stream, arguments)),
        },
        "play2" => |stream, arguments| Event::Play2(Play2::parse(stream, arguments)),
        "publish" => |stream, arguments| match arguments.first() {
            Some(Value::Boolean(false)) => Event::CloseStream(stream),
            _ => Event::Publish(Publish::parse(stream, arguments)),
        },
        "pause" | "pauseRaw" => |stream, arguments| Event::Pause {
            stream,
            paused: switch(arguments),
            position: position(arguments, 1),
        },
        "seek" => |stream, arguments| Event::Seek { stream, position: position(arguments, 0) },
        "receiveAudio" => |stream, arguments| Event::ReceiveAudio { stream, on: switch(arguments) },
        "receiveVideo" => |stream, arguments| Event::ReceiveVideo { stream, on: switch(arguments) },
        _ => return None,
    })
}

/// An answer must not be answered: its transaction number is ours.
fn is_answer(name: &str) -> bool {
    matches!(name, "_result" | "_error")
}

fn switch(arguments: &[Value]) -> bool {
    arguments.first().and_then(Value::as_bool).unwrap_or(true)
}

/// Negative positions become 0: ffplay seeks to -73 ms.
fn position(arguments: &[Value], index: usize) -> Timestamp {
    Timestamp(number(arguments, index) as u32)
}

/// Returns the number at `index`, or 0 if there is none.
fn number(arguments: &[Value], index: usize) -> f64 {
    arguments.get(index).and_then(Value::as_number).unwrap_or(0.0)
}
