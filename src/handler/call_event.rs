//! Remote procedure calls from the client.

use super::{Connection, HandlerResult};
use crate::protocol::amf::Value;

/// Called when the client calls a procedure (`NetConnection.call`), on the connection's thread.
///
/// A closure serves.
#[doc(alias = "ICall_event_handler")]
pub trait CallEventHandler: Send {
    /// Does what `procedure_name` stands for. `command_arguments` is the call's command object,
    /// mostly null; `user_arguments` are the arguments proper. May block: only this client waits,
    /// and its video goes on.
    ///
    /// The returned value is sent back as `_result` ([`Value::Null`] where there is nothing to
    /// say), unless the client did not ask for an answer (transaction id 0).
    ///
    /// # Errors
    /// The SDK's `false`: the client gets `_error` with the code `NetConnection.Call.Failed` and the
    /// error as the description; a [`Refusal`](crate::Refusal) chooses the code. The connection
    /// lives.
    fn call(
        &mut self,
        connection: &Connection,
        procedure_name: &str,
        command_arguments: &Value,
        user_arguments: &[Value],
    ) -> HandlerResult<Value>;
}

impl<F> CallEventHandler for F
where
    F: FnMut(&Connection, &str, &Value, &[Value]) -> HandlerResult<Value> + Send,
{
    fn call(
        &mut self,
        connection: &Connection,
        procedure_name: &str,
        command_arguments: &Value,
        user_arguments: &[Value],
    ) -> HandlerResult<Value> {
        self(connection, procedure_name, command_arguments, user_arguments)
    }
}
