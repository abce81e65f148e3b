//! `onCommandsShown`: which frame is the first to show commands.

use bytes::Bytes;

use crate::protocol::Timestamp;
use crate::protocol::amf::{Object, Value, amf0};

/// The name of the data message.
const ON_COMMANDS_SHOWN: &str = "onCommandsShown";

/// Returns the body of the data message before a frame: the numbers of the commands that the frame
/// is the first to show, and its time on the clock of the loop.
pub(crate) fn on_commands_shown(time: Timestamp, commands: &[u64]) -> Bytes {
    let commands: Vec<Value> = commands.iter().map(|id| Value::Number(*id as f64)).collect();
    let members = Object::new().with("time", f64::from(time.0)).with("commands", commands);
    let mut body = Vec::new();
    amf0::encode(&ON_COMMANDS_SHOWN.into(), &mut body);
    amf0::encode(&Value::Object(members), &mut body);
    body.into()
}
