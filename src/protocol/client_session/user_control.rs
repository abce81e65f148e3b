//! User control messages (RTMP 1.0 §6.2 and §7.1.7).

use super::{Error, Event};
use crate::protocol::MessageStreamId;
use crate::protocol::wire::{Put as _, Reader};

const STREAM_BEGIN: u16 = 0;
const STREAM_EOF: u16 = 1;
const STREAM_DRY: u16 = 2;
const SET_BUFFER_LENGTH: u16 = 3;
const STREAM_IS_RECORDED: u16 = 4;
const PING_REQUEST: u16 = 6;
const PING_RESPONSE: u16 = 7;

/// What a user control message of the server asks for.
#[derive(Debug, PartialEq)]
pub(super) enum UserControl {
    /// To be told to whoever drives the session.
    Event(Event),
    /// To be answered with the same number.
    Ping(u32),
    /// One that a player need not know, such as 31 and 32, the state of the server's buffer.
    Other,
}

impl UserControl {
    /// Reads the payload of a message.
    pub(super) fn read(payload: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(payload);
        let mut read =
            || Ok::<_, crate::protocol::wire::UnexpectedEnd>((reader.u16()?, reader.u32()?));
        let (event, number) = read()
            .map_err(|_| Error::Malformed { what: "a user control message that is too short" })?;
        let stream = MessageStreamId(number);
        Ok(match event {
            STREAM_BEGIN => Self::Event(Event::StreamBegin(stream)),
            STREAM_EOF => Self::Event(Event::StreamEof(stream)),
            STREAM_DRY => Self::Event(Event::StreamDry(stream)),
            STREAM_IS_RECORDED => Self::Event(Event::StreamIsRecorded(stream)),
            PING_REQUEST => Self::Ping(number),
            _ => Self::Other,
        })
    }
}

/// The payload that answers a ping.
pub(super) fn ping_response(number: u32) -> Vec<u8> {
    let mut payload = Vec::with_capacity(6);
    payload.put_u16(PING_RESPONSE);
    payload.put_u32(number);
    payload
}

/// The payload that says how much media the player wants to hold.
pub(super) fn set_buffer_length(stream: MessageStreamId, milliseconds: u32) -> Vec<u8> {
    let mut payload = Vec::with_capacity(10);
    payload.put_u16(SET_BUFFER_LENGTH);
    payload.put_u32(stream.0);
    payload.put_u32(milliseconds);
    payload
}
