//! How messages outside of a session are encoded for a client.

use crate::handler::CallError;
use crate::media::mux::{Messages, MessagesBuilder};
use crate::protocol::amf::Value;
use crate::protocol::chunk::MAX_MESSAGE_BYTES;
use crate::protocol::message::{ObjectEncoding, Status, in_band};
#[cfg(feature = "web")]
use crate::protocol::{web_session, websocket};

/// How calls of the client, and answers to its calls, are encoded. Changes when the client
/// connects.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dialect {
    Rtmp {
        /// The size of chunks, in bytes.
        chunk_size: usize,
        object_encoding: ObjectEncoding,
        /// Whether the client obeys requests to connect again.
        reconnects: bool,
    },
    /// As texts of a WebSocket.
    #[cfg(feature = "web")]
    WebSocket,
    /// The client is sent media, and answers to the calls that it makes all the same.
    #[cfg(feature = "web")]
    MediaOnly,
}

impl Dialect {
    /// Returns whether the client can be called.
    pub(crate) const fn takes_calls(self) -> bool {
        match self {
            Self::Rtmp { .. } => true,
            #[cfg(feature = "web")]
            Self::WebSocket => true,
            #[cfg(feature = "web")]
            Self::MediaOnly => false,
        }
    }

    /// Returns a call of a procedure of the client. Transaction 0 asks for no answer.
    ///
    /// # Errors
    /// [`CallError::TooLong`].
    pub(crate) fn call(
        self,
        procedure: &str,
        transaction: u32,
        arguments: &[Value],
    ) -> Result<Messages, CallError> {
        match self {
            Self::Rtmp { chunk_size, object_encoding, .. } => {
                let arguments = arguments.to_vec();
                let call = in_band::call(procedure, transaction.into(), arguments, object_encoding);
                let bytes = call.payload.len();
                if bytes > MAX_MESSAGE_BYTES {
                    return Err(CallError::TooLong { bytes });
                }
                let mut messages = MessagesBuilder::new(chunk_size, 1);
                messages.push(&call);
                Ok(messages.finish())
            }
            #[cfg(feature = "web")]
            Self::WebSocket | Self::MediaOnly => {
                Ok(frame(&web_session::call_text(procedure, transaction, arguments)))
            }
        }
    }

    /// Returns a request to connect again. Returns `None` if the client does not know it.
    pub(crate) fn reconnect_request(self, status: &Status) -> Option<Messages> {
        match self {
            Self::Rtmp { chunk_size, reconnects: true, .. } => {
                let mut messages = MessagesBuilder::new(chunk_size, 1);
                messages.push(&in_band::connection_status(status));
                Some(messages.finish())
            }
            _ => None,
        }
    }

    /// Returns the answer to a call of the client.
    pub(crate) fn answer(self, transaction: f64, answer: Result<Value, Status>) -> Messages {
        match self {
            Self::Rtmp { chunk_size, object_encoding, .. } => {
                let mut messages = MessagesBuilder::new(chunk_size, 1);
                messages.push(&in_band::answer(transaction, answer, object_encoding));
                messages.finish()
            }
            #[cfg(feature = "web")]
            Self::WebSocket | Self::MediaOnly => {
                frame(&web_session::answer_text(transaction, answer))
            }
        }
    }
}

#[cfg(feature = "web")]
fn frame(text: &str) -> Messages {
    let mut frame = Vec::with_capacity(text.len() + 10);
    websocket::write_text(text, &mut frame);
    frame.into()
}
