//! From the requests of a client to the functions that answer them.

use super::client::Client;
use super::ended::Ended;
use super::{client_call, connect, play, publish, streams};
use crate::peer_log::peer_log;
use crate::protocol::server_session::Event;

/// Answers one request. Blocks for as long as its handler does.
#[inline(never)]
pub(crate) fn dispatch(client: &mut Client, event: Event) -> Result<(), Ended> {
    let changes_what_is_kept = matches!(
        event,
        Event::Connect(_)
            | Event::CreateStream(_)
            | Event::DeleteStream(_)
            | Event::Play(_)
            | Event::Play2(_)
            | Event::Publish(_)
    );
    // After these a client only watches or publishes, maybe for hours.
    let is_last_for_long = matches!(
        event,
        Event::Play(_)
            | Event::Play2(_)
            | Event::Pause { .. }
            | Event::Seek { .. }
            | Event::Publish(_)
    );
    if is_last_for_long {
        client.stack.hurry();
    }
    let outcome = answer(client, event);
    if changes_what_is_kept {
        client.note_kept();
    }
    outcome
}

fn answer(client: &mut Client, event: Event) -> Result<(), Ended> {
    match event {
        Event::Connect(request) => return connect::connect(client, request),
        Event::CreateStream(request) => return streams::create(client, request),
        Event::DeleteStream(stream) => {
            publish::unpublish(client, stream)?;
            streams::delete(client, stream);
        }
        Event::CloseStream(stream) => {
            publish::close(client, stream)?;
            streams::close(client, stream);
        }
        Event::Play(request) => {
            publish::unpublish(client, request.stream)?;
            return play::play(client, request);
        }
        Event::Play2(request) => {
            publish::unpublish(client, request.stream)?;
            return play::play2(client, request);
        }
        Event::Pause { stream, paused, .. } => return streams::pause(client, stream, paused),
        Event::Seek { stream, position } => return streams::seek(client, stream, position),
        Event::ReceiveAudio { stream, on } => streams::receive_audio(client, stream, on),
        Event::ReceiveVideo { stream, on } => return streams::receive_video(client, stream, on),
        Event::BufferLength { stream, milliseconds } => {
            if let Some(stream) = client.stream(stream) {
                stream.set_buffer_length(milliseconds);
            }
        }
        Event::Publish(request) => return publish::publish(client, request),
        Event::Media(message) => publish::media(client, message),
        Event::Call(call) => {
            publish::note_call(client, &call)?;
            return client_call::answer(client, &call);
        }
        Event::CallResult { transaction_id, result } => {
            return client_call::deliver_result(client, transaction_id, result);
        }
        Event::Ignored(reason) => peer_log!(Debug, client.peer, "ignored: {reason}"),
    }
    Ok(())
}
