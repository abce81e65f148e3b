//! The bytes of clients.

use rendercast::amf::{Object, Value};
use rendercast::protocol::chunk::{self, Message, MessageType};
use rendercast::protocol::message::{Command, ObjectEncoding, UserControl};
use rendercast::protocol::{ChunkStreamId, MessageStreamId};

/// C0, C1 and C2; and S0, S1 and S2.
pub(crate) const HANDSHAKE_BYTES: usize = 3_073;

/// The simple handshake as a client sends it.
pub(crate) fn handshake() -> Vec<u8> {
    let mut bytes = vec![0; HANDSHAKE_BYTES];
    bytes[0] = 3;
    bytes
}

/// The bytes of a client. The headers of a script do not depend on other scripts.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) bytes: Vec<u8>,
    writer: chunk::SessionWriter,
}

impl Script {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), writer: chunk::SessionWriter::new() }
    }

    pub(crate) fn send(mut self, message: &Message) -> Self {
        self.writer.write(message, &mut self.bytes);
        self
    }

    pub(crate) fn payload(self, message_type: MessageType, stream: u32, payload: Vec<u8>) -> Self {
        self.send(&Message {
            chunk_stream_id: ChunkStreamId(5),
            message_stream_id: MessageStreamId(stream),
            timestamp: Default::default(),
            message_type,
            payload: payload.into(),
        })
    }

    pub(crate) fn user_control(self, event: &UserControl) -> Self {
        self.send(&event.message())
    }

    pub(crate) fn command(
        self,
        name: &str,
        transaction_id: f64,
        stream: u32,
        arguments: Vec<Value>,
    ) -> Self {
        let command = Command { transaction_id, ..Command::notification(name, arguments) };
        self.send(&command.message(ChunkStreamId(3), MessageStreamId(stream), ObjectEncoding::Amf0))
    }

    pub(crate) fn connect(self) -> Self {
        self.connect_to("live")
    }

    pub(crate) fn connect_to(self, app: &str) -> Self {
        let object = Object::new().with("app", app).with("tcUrl", "rtmp://localhost/live");
        let command = Command {
            name: "connect".to_owned(),
            transaction_id: 1.0,
            command_object: object.into(),
            arguments: vec![],
        };
        self.send(&command.message(ChunkStreamId(3), MessageStreamId(0), ObjectEncoding::Amf0))
    }

    pub(crate) fn create_stream(self) -> Self {
        self.command("createStream", 2.0, 0, vec![])
    }

    pub(crate) fn play(self, name: &str) -> Self {
        self.command("play", 0.0, 1, vec![name.into()])
    }

    pub(crate) fn buffer_length(self, milliseconds: u32) -> Self {
        let stream = MessageStreamId(1);
        self.user_control(&UserControl::SetBufferLength { stream, milliseconds })
    }

    /// Returns a whole session of a player, from its handshake to deleteStream.
    pub(crate) fn session() -> Vec<u8> {
        let script = Self { bytes: handshake(), writer: chunk::SessionWriter::new() }
            .connect()
            .create_stream()
            .command("getStreamLength", 3.0, 0, vec!["film".into()])
            .play("film")
            .buffer_length(3_000)
            .command("pause", 0.0, 1, vec![true.into(), 0.into()])
            .command("pause", 0.0, 1, vec![false.into(), 0.into()])
            .command("seek", 0.0, 1, vec![500.into()])
            .command("closeStream", 0.0, 1, vec![])
            .command("deleteStream", 0.0, 0, vec![1.into()]);
        script.bytes
    }
}
