//! From the requests of a client to the functions that answer them.

use super::client::Client;
use super::ended::Ended;
use super::{client_call, connect, play, streams};
use crate::peer_log::peer_log;
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::protocol::server_session::{Event, Publish};

/// Answers one request. Blocks for as long as its handler does.
pub(crate) fn dispatch(client: &mut Client, event: Event) -> Result<(), Ended> {
    match event {
        Event::Connect(request) => return connect::connect(client, request),
        Event::CreateStream(request) => return streams::create(client, request),
        Event::DeleteStream(stream) => streams::delete(client, stream),
        Event::CloseStream(stream) => streams::close(client, stream),
        Event::Play(request) => return play::play(client, request),
        Event::Play2(request) => return play::play2(client, request),
        Event::Pause { stream, paused, .. } => return streams::pause(client, stream, paused),
        Event::Seek { stream, position } => return streams::seek(client, stream, position),
        Event::ReceiveAudio { stream, on } => streams::receive_audio(client, stream, on),
        Event::ReceiveVideo { stream, on } => return streams::receive_video(client, stream, on),
        Event::BufferLength { stream, milliseconds } => {
            if let Some(stream) = client.stream(stream) {
                stream.set_buffer_length(milliseconds);
            }
        }
        Event::Publish(publish) => refuse_publish(client, &publish),
        Event::Call(call) => return client_call::answer(client, &call),
        Event::CallResult { transaction_id, result } => {
            return client_call::deliver_result(client, transaction_id, result);
        }
        Event::Ignored(reason) => peer_log!(Debug, client.peer, "ignored: {reason}"),
        // Media of a client that does not publish.
        other => peer_log!(Trace, client.peer, "nothing to do about {other:?}"),
    }
    Ok(())
}

fn refuse_publish(client: &mut Client, publish: &Publish) {
    // OBS and GStreamer tell their users about this code and about no other refusal.
    let refusal = Status::error(code::PUBLISH_BAD_NAME, "This server takes no streams.");
    client.session.send_status(publish.stream, &refusal);
}
