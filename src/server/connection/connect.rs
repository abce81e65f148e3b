//! The connect command.

use super::client::Client;
use super::ended::Ended;
use super::verdict::{status_of, verdict};
use crate::handler::guard;
use crate::peer_log::peer_log;
use crate::protocol::amf::{Object, Value};
use crate::protocol::message::status::code;
use crate::protocol::server_session::Connect;

/// Asks the connect handlers in turn, and accepts or refuses the client.
pub(crate) fn connect(client: &mut Client, request: Connect) -> Result<(), Ended> {
    let arguments = match request.command_object {
        Value::Object(arguments) | Value::EcmaArray(arguments) => arguments,
        _ => Object::new(),
    };
    client.connection.set_command_arguments(&arguments);
    let mut description = None;
    for handler in client.server.connect_handlers() {
        let connection = &client.connection;
        let outcome = guard(&client.peer, "connect handler", || {
            handler.connect(connection, &arguments, &request.arguments)
        });
        match verdict(Some(outcome), true)? {
            Ok(true) => {
                client.accepted_by = Some(handler);
                break;
            }
            Ok(false) => {}
            Err(error) => {
                description = Some(status_of(&*error, code::CONNECT_REJECTED).description);
            }
        }
    }
    if client.accepted_by.is_none() {
        let description = description.unwrap_or_else(|| {
            format!("There is no application {:?} here.", client.connection.app())
        });
        client.session.refuse_connect(&description);
        return Err(Ended::Refused(description));
    }
    peer_log!(Info, client.peer, "connected to {:?}", client.connection.tc_url());
    client.shared.set_accepted(client.connection.handle());
    client.session.accept_connect();
    let dialect = client.session.dialect();
    let answer = client.session.take_output();
    let sent = client.shared.set_dialect(dialect, answer);
    sent.map_err(|_| client.why_input_ended())
}
