//! What each type of message leads to.

use std::time::Instant;

use super::server::Stage;
use super::{Event, Ignored, ServerSession};
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::message::{Control, Error, Parts, UserControl};

impl ServerSession {
    pub(super) fn dispatch(&mut self, now: Instant, message: Message) -> Option<Event> {
        match message.message_type {
            message_type if message_type.is_media() => Some(self.media(message)),
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => self.command(&message),
            MessageType::AGGREGATE => {
                self.parts = Some(Parts::new(&message));
                self.next_part()
            }
            MessageType::USER_CONTROL => self.user_control(now, &message.payload),
            message_type => self.control(message_type, &message.payload),
        }
    }

    /// The next message of an aggregate that makes an event.
    pub(super) fn next_part(&mut self) -> Option<Event> {
        loop {
            match self.parts.as_mut()?.next() {
                Some(Ok(part)) if part.message_type.is_media() => return Some(self.media(part)),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Some(malformed(error)),
                None => self.parts = None,
            }
        }
    }

    fn media(&self, message: Message) -> Event {
        if !matches!(self.stage, Stage::Accepted) {
            return Event::Ignored(Ignored::not_connected("media"));
        }
        match self.streams.meant_by(message.message_stream_id) {
            Some(stream) => Event::Media(Message { message_stream_id: stream, ..message }),
            None => Event::Ignored(Ignored::unknown_stream("media", message.message_stream_id)),
        }
    }

    fn user_control(&mut self, now: Instant, payload: &[u8]) -> Option<Event> {
        match UserControl::decode(payload) {
            Ok(UserControl::SetBufferLength { stream, milliseconds }) => {
                // librtmp and GStreamer send one for stream 0, before there is any stream.
                let stream = self.streams.known(stream)?;
                return Some(Event::BufferLength { stream, milliseconds });
            }
            Ok(UserControl::PingRequest(time)) => {
                self.send(&UserControl::PingResponse(time).message());
            }
            Ok(UserControl::PingResponse(time)) => self.keepalive.ponged(now, time),
            Ok(_) => {}
            Err(error) => return Some(malformed(error)),
        }
        None
    }

    /// Set-chunk-size and abort messages have taken effect in the chunk reader. Shared objects, and
    /// what nobody knows, have no effect.
    fn control(&mut self, message_type: MessageType, payload: &[u8]) -> Option<Event> {
        match Control::decode(message_type, payload) {
            Ok(Some(Control::WindowAcknowledgementSize(window))) => {
                self.acknowledgement.set_window(window);
                self.acknowledge_if_due();
            }
            Ok(Some(Control::Acknowledgement(total))) => {
                self.acknowledgement.reported_by_peer(total);
            }
            Ok(Some(Control::SetPeerBandwidth { size, .. })) => self.announce_window(size),
            Ok(Some(Control::SetChunkSize(_) | Control::Abort(_)) | None) => {}
            Err(error) => return Some(malformed(error)),
        }
        None
    }

    /// Tells the peer the window that it asked for, where it is another one than it was told before
    /// (RTMP 1.0 §5.4.5).
    fn announce_window(&mut self, size: u32) {
        if size > 0 && self.announced_window != Some(size) {
            self.announced_window = Some(size);
            self.send(&Control::WindowAcknowledgementSize(size).message());
        }
    }
}

pub(super) fn malformed(error: Error) -> Event {
    Event::Ignored(Ignored::Malformed(error))
}
