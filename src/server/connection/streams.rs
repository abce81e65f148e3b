//! The streams of a client: creation and removal, pause, seek, and what the client receives.

use std::sync::Arc;

use super::client::Client;
use super::ended::Ended;
use super::verdict::{status_of, verdict};
use crate::handler::{call, call_shared};
use crate::peer_log::peer_log;
use crate::protocol::message::in_band;
use crate::protocol::message::status::code;
use crate::protocol::server_session::CreateStream;
use crate::protocol::{MessageStreamId, Timestamp};
use crate::server::send::outqueue::Outqueue;
use crate::server::send::stream_sender::StreamSender;
use crate::server::stream::stream::{ServerStream, StreamSettings};
use crate::sync::lock;

#[inline(never)]
pub(crate) fn create(client: &mut Client, request: CreateStream) -> Result<(), Ended> {
    let stream = new_stream(client, request.stream);
    #[cfg(feature = "web")]
    if client.session.is_for_picture() {
        stream.handle().capture_pictures();
    }
    let outcome = client.connection.stream_event_handler().map(|handler| {
        call_shared(&handler, &client.peer, "stream handler", |handler| {
            handler.create(stream.handle(), &request.command_object)
        })
    });
    match verdict(outcome, true)? {
        Ok(true) => {
            client.streams.insert(request.stream, stream);
            client.session.accept_create_stream(request);
        }
        Ok(false) => {
            client.session.refuse_create_stream(request, "The application refused the stream.");
        }
        Err(error) => {
            let status = status_of(&*error, code::CALL_FAILED);
            client.session.refuse_create_stream(request, &status.description);
        }
    }
    Ok(())
}

fn new_stream(client: &Client, id: MessageStreamId) -> Arc<ServerStream> {
    let config = &client.server.config;
    let queue = Outqueue::new(
        id,
        config.queues.outqueue_length,
        config.queues.outqueue_bytes,
        Arc::clone(&client.account),
    );
    let sender = StreamSender::new(
        Arc::clone(&client.shared.sender),
        Arc::new(queue),
        client.session.format(id),
        client.peer,
    );
    let settings = StreamSettings {
        connection_id: client.id,
        tick_origin: client.server.started,
        pool: Arc::clone(&client.server.pool),
    };
    let video_codecs = client.server.video_codecs.clone();
    ServerStream::new(id, Arc::clone(&client.connection), sender, video_codecs, settings)
}

#[inline(never)]
pub(crate) fn delete(client: &mut Client, id: MessageStreamId) {
    if let Some(stream) = client.streams.remove(&id) {
        stream.stop(false);
        stream.sender().drop_queued();
        tell_removal(client, &stream);
    }
}

/// Tells the stream handler that a stream is gone, and closes its encoder if one is left.
pub(crate) fn tell_removal(client: &Client, stream: &ServerStream) {
    if let Some(handler) = client.connection.stream_event_handler() {
        // Its panic changes nothing: the stream is gone.
        let _ = call_shared(&handler, stream.shared(), "stream handler, at the removal", |it| {
            it.remove(stream.handle());
            Ok(())
        });
    }
    stream.discard_encoder();
}

/// Tells the client that a stream has stopped. Players that are not told report an error. Does not
/// wait: a client that cannot take it now is not told.
pub(crate) fn tell_stop(client: &Client, stream: &ServerStream) {
    let (id, name) = (stream.handle().message_stream_id(), stream.handle().stream_name());
    if stream.sender().format().is_for_one_play() {
        // The close of the connection tells it. A response that is cut off must not look whole.
        return stream.sender().drop_queued();
    }
    let notices = [in_band::play_stop(id, &name), in_band::stream_eof(id)];
    let messages = stream.sender().format().notices(&notices);
    let _ = client.shared.sender.try_send_ahead(&messages);
}

#[inline(never)]
pub(crate) fn close(client: &Client, id: MessageStreamId) {
    if let Some(stream) = client.stream(id)
        && stream.stop(true)
    {
        stream.sender().drop_queued();
    }
}

#[inline(never)]
pub(crate) fn pause(client: &mut Client, id: MessageStreamId, paused: bool) -> Result<(), Ended> {
    let Some(stream) = client.played(id) else { return Ok(()) };
    let handle = stream.handle();
    let outcome = call(&handle.handlers.pause, stream.shared(), "pause handler", |handler| {
        if paused { handler.pause(handle) } else { handler.resume(handle) }
    });
    if let Ok(true) = verdict(outcome, true)? {
        stream.set_paused(paused);
        let what = if paused { "paused" } else { "resumed" };
        peer_log!(Debug, stream.shared(), "{what} at {}", stream.clock());
        client.session.notify_pause(id, paused, &handle.stream_name());
    }
    Ok(())
}

#[inline(never)]
pub(crate) fn seek(
    client: &mut Client,
    id: MessageStreamId,
    position: Timestamp,
) -> Result<(), Ended> {
    let Some(stream) = client.played(id) else {
        client.session.notify_seek(id, position.0);
        return Ok(());
    };
    client.shared.sender.wait_for_reply_room(client.session.output_bytes());
    // Held until the client is told, so that no media from before the seek follow that.
    let gate = lock(&stream.shared().gate);
    let handle = stream.handle();
    let outcome = call(&handle.handlers.seek, stream.shared(), "seek handler", |handler| {
        handler.seek(handle, position)
    });
    let accepted = verdict(outcome, None)?.unwrap_or(None);
    if accepted.is_some() {
        stream.sender().drop_queued();
    }
    let reached = accepted.unwrap_or(position);
    peer_log!(Debug, stream.shared(), "sought {position}, goes on at {reached}");
    let starts_again = accepted.is_some() && stream.has_completed();
    if starts_again {
        // So that the client is told of the end before, not after.
        stream.join();
    }
    client.session.notify_seek(id, reached.0);
    client.flush_at_once()?;
    drop(gate);
    if starts_again {
        stream.sender().restart();
        stream.start_again();
    } else {
        // A shared source has no past to seek in. The present begins anew, with a key frame.
        stream.renew_subscription();
    }
    stream.wake_loops();
    Ok(())
}

#[inline(never)]
pub(crate) fn receive_audio(client: &mut Client, id: MessageStreamId, on: bool) {
    if let Some(stream) = client.stream(id) {
        stream.sender().want_audio(on);
    }
    confirm_receive(client, id, on);
}

#[inline(never)]
pub(crate) fn receive_video(
    client: &mut Client,
    id: MessageStreamId,
    on: bool,
) -> Result<(), Ended> {
    let has_changed = client.stream(id).is_some_and(|stream| stream.sender().want_video(on));
    confirm_receive(client, id, on);
    if has_changed && on {
        client.flush()?;
        if let Some(stream) = client.stream(id) {
            stream.renew_subscription();
        }
    }
    Ok(())
}

/// A client that wants a kind of media again waits for this answer (RTMP 1.0 §7.2.2.4).
fn confirm_receive(client: &mut Client, id: MessageStreamId, on: bool) {
    if on && let Some(stream) = client.playing(id) {
        client.session.notify_seek(id, stream.clock().0);
    }
}
