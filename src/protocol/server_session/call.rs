//! Remote procedure calls by the client, and the answers that clients expect of every server.

use crate::protocol::amf::{Object, Value};
use crate::protocol::message::Status;
use crate::protocol::message::status::code;

/// A call of a procedure that RTMP itself does not define (RTMP 1.0 §7.2.1.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The procedure.
    pub procedure: String,
    /// The command object; null with most clients.
    pub command_object: Value,
    /// The arguments.
    pub arguments: Vec<Value>,
    /// The call's number, for the answer.
    pub reply: CallReply,
}

/// Tells an answer which call it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallReply {
    pub(in crate::protocol) transaction_id: f64,
}

impl CallReply {
    /// Returns the number of the call, for an answer that another thread sends.
    #[must_use]
    pub const fn transaction_id(self) -> f64 {
        self.transaction_id
    }

    /// Returns whether the client waits for an answer.
    #[must_use]
    pub fn is_wanted(self) -> bool {
        self.transaction_id != 0.0
    }
}

/// The answer to a call that clients expect every server to know.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultAnswer {
    /// The name and the information object of a command to send before the result.
    pub notification: Option<(&'static str, Object)>,
    /// The result.
    pub result: Value,
}

/// How many characters of a stream's name an answer repeats.
const MAX_ECHO: usize = 1024;

/// Returns the answer to a procedure that clients call on every server. Returns `None` for any
/// other procedure.
///
/// | procedure | who calls it | answer |
/// |---|---|---|
/// | `FCSubscribe` | rtmpdump and ffmpeg with their "live" option | `onFCSubscribe`, null |
/// | `FCUnsubscribe` | Flash | null |
/// | `releaseStream` | publishers | null |
/// | `FCPublish` | publishers; FMLE waits for it | `onFCPublish`, null |
/// | `FCUnpublish` | publishers | `onFCUnpublish`, null |
/// | `_checkbw`, `checkBandwidth` | librtmp, OBS, Flash | null |
/// | `getStreamLength` | ffmpeg | 0: not known |
#[must_use]
pub fn default_answer(call: &Call) -> Option<DefaultAnswer> {
    let name = call.arguments.first().and_then(Value::as_str).unwrap_or_default();
    let end = name.char_indices().nth(MAX_ECHO).map_or(name.len(), |(end, _)| end);
    let name = name.get(..end).unwrap_or_default();
    let notification = |command, code| Some((command, Status::new(code, name).info()));
    let null = |notification| Some(DefaultAnswer { notification, result: Value::Null });
    match call.procedure.as_str() {
        "FCSubscribe" => null(notification("onFCSubscribe", code::PLAY_START)),
        "FCPublish" => null(notification("onFCPublish", code::PUBLISH_START)),
        "FCUnpublish" => null(notification("onFCUnpublish", code::UNPUBLISH_SUCCESS)),
        "FCUnsubscribe" | "releaseStream" | "_checkbw" | "checkBandwidth" => null(None),
        "getStreamLength" => Some(DefaultAnswer { notification: None, result: Value::from(0) }),
        _ => None,
    }
}
