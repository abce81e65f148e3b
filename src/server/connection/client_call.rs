//! Calls of the client, and its answers to ours.

use std::sync::atomic::Ordering;

use super::client::Client;
use super::ended::Ended;
use super::verdict::{status_of, verdict};
use crate::handler::call_shared;
use crate::peer_log::peer_log;
use crate::protocol::amf::Value;
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::protocol::server_session::Call;

/// How much of a procedure's name the log and the client are told.
const SHOWN_CHARACTERS: usize = 64;

/// Calls the handler of a procedure, and answers with what it returns.
#[inline(never)]
pub(crate) fn answer(client: &mut Client, call: &Call) -> Result<(), Ended> {
    client.shared.received.calls.fetch_add(1, Ordering::Relaxed);
    let name = &call.procedure;
    let handler = match client.connection.named_call_handler(name) {
        Some(handler) => handler,
        // Every client makes some calls without need. They do not reach the default handler.
        None if client.session.answer_by_default(call) => return Ok(()),
        None => match client.connection.default_call_handler() {
            Some(handler) => handler,
            None => {
                refuse(client, call);
                return Ok(());
            }
        },
    };
    let what = format!("call handler of {:?}", shown(name));
    client.shared.deferrals.begin(call.reply.transaction_id());
    let outcome = call_shared(&handler, &client.peer, &what, |handler| {
        handler.call(&client.connection, name, &call.command_object, &call.arguments)
    });
    let is_deferred = client.shared.deferrals.finish();
    match verdict(Some(outcome), Value::Null)? {
        // The answers of other threads never wait, so this one does: a client that calls on without
        // reading must not fill the queue of replies.
        _ if is_deferred => client.shared.sender.wait_for_reply_room(client.session.output_bytes()),
        Ok(value) => client.session.answer_call(call.reply, Ok(&value)),
        Err(error) => {
            let status = status_of(&*error, code::CALL_FAILED);
            client.session.answer_call(call.reply, Err(&status));
        }
    }
    Ok(())
}

fn refuse(client: &mut Client, call: &Call) {
    let name = shown(&call.procedure);
    peer_log!(Info, client.peer, "called {name:?}, for which there is no handler");
    let status = Status::error(code::CALL_FAILED, format!("There is no procedure {name:?}."));
    client.session.answer_call(call.reply, Err(&status));
}

/// Returns as much of a procedure's name as is shown. A client may send one of megabytes.
fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

/// Gives the client's answer to the reply handler of our call.
#[inline(never)]
pub(crate) fn deliver_result(
    client: &Client,
    transaction_id: f64,
    result: Result<Value, Value>,
) -> Result<(), Ended> {
    match client.shared.calls.answer(&client.peer, transaction_id, result) {
        Some(outcome) => verdict(Some(outcome), ()).map(|_| ()),
        None => {
            peer_log!(Debug, client.peer, "answered a call that does not wait for an answer");
            Ok(())
        }
    }
}
