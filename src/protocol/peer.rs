//! What both sides of a connection do alike: read and write chunks, acknowledge, answer pings.

use std::mem;

use crate::protocol::acknowledgement::Acknowledgement;
use crate::protocol::buffers::OUTPUT_BYTES;
use crate::protocol::chunk::{self, Control, Message, MessageType, SessionWriter};
use crate::protocol::message::{self, Parts, UserControl};

/// The other side of a connection, as either kind of session sees it.
///
/// It handles by itself what leads to no event on either side: set-chunk-size and abort messages,
/// acknowledgements and their windows, and ping requests.
#[derive(Debug)]
pub(super) struct Peer {
    reader: chunk::Reader,
    messages_received: u64,
    /// A message that was read, and that [`Self::read`] has not taken in.
    other: Option<Message>,
    /// The unread rest of an aggregate message.
    parts: Option<Parts>,
    acknowledgement: Acknowledgement,
    /// The last window acknowledgement size that was sent to the peer.
    announced_window: Option<u32>,
    writer: SessionWriter,
    output: Vec<u8>,
}

/// What a peer sent.
#[derive(Debug)]
pub(super) enum Received {
    /// Audio, video or data, alone or out of an aggregate message.
    Media(Message),
    /// A command, of either encoding.
    Command(Message),
    /// A user control message other than a ping request.
    UserControl(UserControl),
    /// A message that cannot be read. Later messages can be.
    Malformed(message::Error),
}

impl Peer {
    /// Creates a peer that has received and sent nothing.
    pub(super) const fn new(limits: chunk::Limits) -> Self {
        Self {
            reader: chunk::Reader::new(limits),
            messages_received: 0,
            other: None,
            parts: None,
            acknowledgement: Acknowledgement::new(),
            announced_window: None,
            writer: SessionWriter::new(),
            output: Vec::new(),
        }
    }

    /// Reads chunks from `input` and advances it, up to the next message that a session must see.
    /// Returns `None` once all of `input` is consumed.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Result<Option<Received>, chunk::Error> {
        loop {
            if let Some(part) = self.next_part() {
                return Ok(Some(part));
            }
            self.read_acknowledgements(input)?;
            let Some(message) = self.other.take() else { return Ok(None) };
            if let Some(received) = self.take(message) {
                return Ok(Some(received));
            }
        }
    }

    /// Reads acknowledgements from `input`, up to the first other message. Advances `input`.
    ///
    /// Returns `true` if nothing is left to answer. Otherwise [`Self::read`] must follow, even if
    /// `input` is empty.
    // Out of line, so that its frame is not that of `read`.
    #[inline(never)]
    pub(super) fn read_acknowledgements(
        &mut self,
        input: &mut &[u8],
    ) -> Result<bool, chunk::Error> {
        while self.other.is_none() {
            // Empty input is read too: the chunk reader may hold bytes that make a message.
            let message = self.acknowledgement.read_message(&mut self.reader, input)?;
            self.acknowledge_if_due();
            match message {
                Some(message) => {
                    self.messages_received = self.messages_received.saturating_add(1);
                    self.other = self.take_acknowledgement(message);
                }
                None if input.is_empty() => break,
                None => {}
            }
        }
        let has_read_all = self.other.is_none() && self.parts.is_none();
        Ok(has_read_all && self.partial_bytes() == 0 && self.output.is_empty())
    }

    /// Appends `message` to the output.
    pub(super) fn send(&mut self, message: &Message) {
        if self.output.capacity() == 0 {
            self.output.reserve(OUTPUT_BYTES);
        }
        self.writer.write(message, &mut self.output);
    }

    /// Announces the window within which the peer must acknowledge our bytes.
    pub(super) fn announce_window(&mut self, size: u32) {
        self.announced_window = Some(size);
        self.send(&Control::WindowAcknowledgementSize(size).message());
    }

    /// The output, for the bytes of a handshake.
    pub(super) const fn output_mut(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Returns the output and leaves it empty.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.output)
    }

    /// How many bytes of unfinished messages have arrived.
    pub(super) fn partial_bytes(&self) -> usize {
        self.reader.partial_bytes()
    }

    pub(super) const fn output_bytes(&self) -> usize {
        self.output.len()
    }

    /// Counts bytes of a handshake as received.
    pub(super) fn count(&mut self, bytes: usize) {
        self.acknowledgement.count(bytes);
    }

    pub(super) const fn bytes_received(&self) -> u64 {
        self.acknowledgement.received()
    }

    pub(super) const fn bytes_acknowledged(&self) -> u64 {
        self.acknowledgement.by_peer()
    }

    /// The number of messages read. An aggregate message counts as one.
    pub(super) const fn messages_received(&self) -> u64 {
        self.messages_received
    }

    /// The length of the chunks that [`Self::send`] writes, in bytes.
    pub(super) const fn chunk_size(&self) -> usize {
        self.writer.chunk_size()
    }

    /// Takes in an acknowledgement. Returns any other message.
    fn take_acknowledgement(&mut self, message: Message) -> Option<Message> {
        match Control::decode(message.message_type, &message.payload) {
            Ok(Some(Control::Acknowledgement(total))) => {
                self.acknowledgement.reported_by_peer(total);
                None
            }
            _ => Some(message),
        }
    }

    fn take(&mut self, message: Message) -> Option<Received> {
        match message.message_type {
            message_type if message_type.is_media() => Some(Received::Media(message)),
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => {
                Some(Received::Command(message))
            }
            MessageType::AGGREGATE => {
                self.parts = Some(Parts::new(&message));
                None
            }
            MessageType::USER_CONTROL => self.user_control(&message.payload),
            message_type => self.control(message_type, &message.payload),
        }
    }

    /// Returns the next media message of an aggregate. Its other messages are ignored.
    fn next_part(&mut self) -> Option<Received> {
        loop {
            match self.parts.as_mut()?.next() {
                Some(Ok(part)) if part.message_type.is_media() => {
                    return Some(Received::Media(part));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Some(Received::Malformed(error)),
                None => self.parts = None,
            }
        }
    }

    fn user_control(&mut self, payload: &[u8]) -> Option<Received> {
        match UserControl::decode(payload) {
            Ok(UserControl::PingRequest(time)) => {
                self.send(&UserControl::PingResponse(time).message());
                None
            }
            Ok(event) => Some(Received::UserControl(event)),
            Err(error) => Some(Received::Malformed(error)),
        }
    }

    /// Handles a control message. Message types that RTMP does not define are ignored, and so are
    /// shared objects.
    fn control(&mut self, message_type: MessageType, payload: &[u8]) -> Option<Received> {
        match Control::decode(message_type, payload) {
            Ok(Some(Control::WindowAcknowledgementSize(window))) => {
                self.acknowledgement.set_window(window);
                self.acknowledge_if_due();
            }
            Ok(Some(Control::SetPeerBandwidth { size, .. })) => {
                // RTMP 1.0 §5.4.5 wants an answer only if the size is new to the peer.
                if size > 0 && self.announced_window != Some(size) {
                    self.announce_window(size);
                }
            }
            // They were obeyed when they were read.
            Ok(Some(
                Control::SetChunkSize(_) | Control::Abort(_) | Control::Acknowledgement(_),
            ))
            | Ok(None) => {}
            Err(error) => return Some(Received::Malformed(error.into())),
        }
        None
    }

    fn acknowledge_if_due(&mut self) {
        if let Some(total) = self.acknowledgement.take_due() {
            self.send(&Control::Acknowledgement(total).message());
        }
    }
}
