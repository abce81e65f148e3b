//! A publisher's requests.

use std::time::Instant;

use super::ClientSession;
use super::pending::Request;
use crate::protocol::amf::Value;
use crate::protocol::chunk::Control;
use crate::protocol::{MessageStreamId, PublishKind};

impl ClientSession {
    /// Announces the size of the chunks that follow, in bytes: from 1 to 16,777,215.
    pub fn set_chunk_size(&mut self, bytes: u32) {
        self.send(&Control::SetChunkSize(bytes).message());
    }

    /// Announces the name that is going to be published, with `releaseStream` and `FCPublish`.
    /// Some servers free the name of a former connection then. An answer is not needed.
    pub fn announce_publish(&mut self, name: &str) {
        self.send_optional("releaseStream", name);
        self.send_optional("FCPublish", name);
    }

    /// Asks to publish. An [`Event::Status`](super::Event::Status) of that stream answers:
    /// `NetStream.Publish.Start` if the server accepts.
    pub fn publish(
        &mut self,
        now: Instant,
        stream: MessageStreamId,
        name: &str,
        kind: PublishKind,
    ) {
        let transaction = self.pending.add(Request::Publish(stream), now);
        let arguments = vec![name.into(), kind.as_str().into()];
        self.send_command(stream, "publish", transaction, Value::Null, arguments);
    }

    /// Ends what is published, with `FCUnpublish`, and deletes its stream.
    pub fn unpublish(&mut self, stream: MessageStreamId, name: &str) {
        self.send_optional("FCUnpublish", name);
        self.delete_stream(stream);
    }

    fn send_optional(&mut self, procedure: &str, name: &str) {
        let transaction = self.pending.add_optional();
        let arguments = vec![name.into()];
        let connection = MessageStreamId::CONNECTION;
        self.send_command(connection, procedure, transaction, Value::Null, arguments);
    }
}
