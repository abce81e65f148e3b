//! Clients connect and leave.

use crate::handler::{Connection, HandlerResult};
use crate::protocol::amf::{Object, Value};

/// Called on each new connection and on its close. Shared by all connections, and called on the
/// thread of each (`rtmp-conn-N`), so on several at once.
///
/// 1. [`connect`](Self::connect), once, when a client's connect command has arrived;
/// 2. if it claimed the connection, [`close`](Self::close), once, after the last other handler of
///    that connection.
///
/// A function or closure of the shape of [`connect`](Self::connect) is enough if the close does not
/// matter.
///
/// ```
/// use rendercast::amf::{Object, Value};
/// use rendercast::{
///     ConnectEventHandler, Connection, HandlerResult, Refusal, Server, ServerConfig,
/// };
///
/// struct Doorkeeper;
///
/// impl ConnectEventHandler for Doorkeeper {
///     fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
///         match connection.app() {
///             "live" => Ok(true),
///             "private" => {
///                 // The client is told this text. It is not told that of any other error.
///                 Err(Refusal::new("NetConnection.Connect.Rejected", "Members only.").into())
///             }
///             _ => Ok(false), // perhaps another handler wants it
///         }
///     }
///
///     fn close(&self, connection: &Connection) {
///         println!("{} is gone:\n{}", connection.peer_address(), connection.statistics());
///     }
/// }
///
/// let server = Server::new(ServerConfig::default());
/// server.install(Doorkeeper);
/// ```
#[doc(alias = "IConnect_event_handler")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no connect handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|connection: &Connection, arguments: &Object, more: &[Value]| -> \
            HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait ConnectEventHandler: Send + Sync {
    /// Whether this handler claims the connection. Installed handlers are asked in the order of
    /// their installation until one answers `Ok(true)`; if none does, the client is refused with
    /// `NetConnection.Connect.Rejected`.
    ///
    /// This is the place to register the connection's stream and call handlers. `command_arguments`
    /// is the connect command's object (`app`, `tcUrl`, `flashVer`, ...), `user_arguments` what the
    /// client appended. May block: only this client waits.
    ///
    /// # Errors
    /// An error is logged and counts as `Ok(false)`. If no other handler accepts the client, it is
    /// told the description of the last error, if that is a [`Refusal`](crate::Refusal).
    fn connect(
        &self,
        connection: &Connection,
        command_arguments: &Object,
        user_arguments: &[Value],
    ) -> HandlerResult;

    /// Called when a connection that this handler accepted is gone. Nothing can be sent any more.
    fn close(&self, connection: &Connection) {
        let _ = connection;
    }
}

impl<F> ConnectEventHandler for F
where
    F: Fn(&Connection, &Object, &[Value]) -> HandlerResult + Send + Sync,
{
    fn connect(
        &self,
        connection: &Connection,
        command_arguments: &Object,
        user_arguments: &[Value],
    ) -> HandlerResult {
        self(connection, command_arguments, user_arguments)
    }
}
