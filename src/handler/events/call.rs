//! Remote procedure calls from the client.

use crate::handler::{Connection, HandlerResult};
use crate::protocol::amf::Value;

/// Called when the client calls a procedure (`NetConnection.call`), on the connection's thread.
///
/// A closure is enough.
///
/// ```
/// use rendercast::amf::Value;
/// use rendercast::{CallEventHandler, Connection, HandlerResult, Refusal};
///
/// /// Moves the camera that the calls of its connection steer.
/// struct MoveCamera {
///     x: f64,
///     y: f64,
/// }
///
/// impl CallEventHandler for MoveCamera {
///     fn call(
///         &mut self,
///         _: &Connection,
///         _procedure_name: &str,
///         _command_arguments: &Value,
///         user_arguments: &[Value],
///     ) -> HandlerResult<Value> {
///         let [Value::Number(dx), Value::Number(dy)] = user_arguments else {
///             return Err(Refusal::call_failed("move_camera takes two numbers").into());
///         };
///         (self.x, self.y) = (self.x + dx, self.y + dy);
///         Ok(vec![self.x.into(), self.y.into()].into())
///     }
/// }
/// # fn register(connection: &Connection) {
/// connection.register_remote_call_handler("move_camera", MoveCamera { x: 0.0, y: 0.0 });
/// # }
/// ```
#[doc(alias = "ICall_event_handler")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handler of calls",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|connection: &Connection, procedure: &str, command: &Value, \
            arguments: &[Value]| -> HandlerResult<Value>`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait CallEventHandler: Send {
    /// Executes a procedure. `command_arguments` is the command object of the call, usually null.
    /// `user_arguments` are the arguments themselves. May block: only this client's requests wait,
    /// and its video continues.
    ///
    /// The returned value is sent as `_result`, unless the client does not ask for an answer
    /// (transaction id 0). Return [`Value::Null`] if there is nothing to say.
    ///
    /// # Errors
    /// The SDK's `false`: the client gets `_error` with the code `NetConnection.Call.Failed` and
    /// no more. A [`Refusal`](crate::Refusal) chooses the code and the description. The connection
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
