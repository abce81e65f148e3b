//! The play commands: in place of what is playing, after it, or as another rendition of it.

use std::sync::Arc;

use super::client::Client;
use super::ended::Ended;
#[cfg(feature = "web")]
use super::picture;
use super::streams;
use super::verdict::{status_of, verdict};
use crate::handler::{PlayOut, PlayRequest, Stream, Transition, call};
use crate::media::{Tag, TagKind, on_metadata};
use crate::peer_log::peer_log;
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::protocol::server_session::{Play, Play2, PlayStart};
use crate::protocol::{MessageStreamId, Timestamp};
use crate::server::stream::stream::ServerStream;
use crate::sync::lock;

pub(crate) fn play(client: &mut Client, play: Play) -> Result<(), Ended> {
    let request = PlayRequest {
        stream_name: play.name,
        from: play.from,
        duration: play.duration,
        reset: play.reset,
    };
    if !request.reset && joins(client, play.stream, &request, Transition::Append)? {
        return Ok(());
    }
    replace(client, play.stream, request)
}

/// Answers `play2`.
///
/// Only Flash documents its transitions (`NetStreamPlayTransitions`). `swap` is treated as
/// `switch`.
/// `resume`, with which a client continues after it has connected again, is treated as a play.
#[inline(never)]
pub(crate) fn play2(client: &mut Client, play2: Play2) -> Result<(), Ended> {
    let mut request = PlayRequest {
        stream_name: play2.name,
        from: play2.from,
        duration: play2.duration,
        reset: true,
    };
    let transition = match play2.transition.as_str() {
        "stop" => {
            stop(client, play2.stream);
            return Ok(());
        }
        "reset" | "resume" => return replace(client, play2.stream, request),
        "append" | "appendAndWait" => {
            request.reset = false;
            Transition::Append
        }
        _ => Transition::Switch,
    };
    if joins(client, play2.stream, &request, transition)? {
        return Ok(());
    }
    replace(client, play2.stream, request)
}

/// Asks the play handler whether `request` joins what is playing. Returns `true` if the client has
/// been answered: it joins, or was refused.
fn joins(
    client: &mut Client,
    id: MessageStreamId,
    request: &PlayRequest,
    transition: Transition,
) -> Result<bool, Ended> {
    let Some(stream) = client.playing(id) else { return Ok(false) };
    client.shared.sender.wait_for_reply_room(client.session.output_bytes());
    // Held until the client is told of a switch, which the frame loop may then complete.
    let gate = lock(&stream.shared().gate);
    stream.begin_transition();
    let answered = ask(client, &stream, request, transition);
    drop(gate);
    stream.end_transition(matches!(answered, Ok(true)));
    answered
}

/// Asks the play handler, and answers the client unless `request` does not join. Does not wait for
/// the client, because the gate of the stream is held.
fn ask(
    client: &mut Client,
    stream: &ServerStream,
    request: &PlayRequest,
    transition: Transition,
) -> Result<bool, Ended> {
    let handle = stream.handle();
    let id = handle.message_stream_id();
    let outcome = call(&handle.handlers.play, stream.shared(), "play handler", |handler| {
        handler.transition(handle, request, transition)
    });
    match verdict(outcome, false)? {
        Ok(true) if transition == Transition::Switch => {
            let description = format!("Switching to {}.", request.stream_name);
            client.session.send_status(id, &Status::new(code::PLAY_TRANSITION, description));
            client.flush_at_once()?;
            Ok(true)
        }
        Ok(joins) => Ok(joins),
        Err(error) => {
            client.session.refuse_play(id, &status_of(&*error, code::PLAY_FAILED));
            Ok(true)
        }
    }
}

fn replace(client: &mut Client, id: MessageStreamId, request: PlayRequest) -> Result<(), Ended> {
    let Some(stream) = client.streams.get(&id).cloned() else {
        let refusal = Status::error(code::PLAY_FAILED, "There is no such stream.");
        client.session.refuse_play(id, &refusal);
        return Ok(());
    };
    stream.stop(false);
    stream.sender().drop_queued();
    stream.sender().restart();
    let handle = stream.handle();
    handle.set_request(request.clone());
    let mut out = PlayOut::new(handle.media_out(Timestamp(0)));
    let outcome = call(&handle.handlers.play, stream.shared(), "play handler", |handler| {
        handler.play(handle, &mut out)
    });
    let refusal = match verdict(outcome, true)? {
        Ok(true) => None,
        Ok(false) => Some(Status::error(code::PLAY_FAILED, "The application refused the play.")),
        Err(error) => Some(status_of(&*error, code::PLAY_FAILED)),
    };
    if let Some(refusal) = refusal {
        client.session.refuse_play(id, &refusal);
        stream.discard_encoder();
        return Ok(());
    }
    #[cfg(feature = "web")]
    if let Some((image_type, session)) = client.session.for_picture() {
        let is_moving = session.has_moving_picture();
        return picture::answer(client, &stream, image_type, is_moving);
    }
    start(client, &stream, &request, out)
}

/// Tells the client that the play starts, sends what the play handler put, and starts the loops.
#[inline(never)]
fn start(
    client: &mut Client,
    stream: &ServerStream,
    request: &PlayRequest,
    mut out: PlayOut,
) -> Result<(), Ended> {
    let recorded = out.is_recorded();
    stream.set_recorded(recorded);
    if !recorded {
        client.shared.sender.limit_unsent(client.server.config.queues.live_unsent_bytes);
    }
    let start = PlayStart { name: &request.stream_name, recorded, reset: request.reset };
    client.session.start_play(stream.handle().message_stream_id(), start);
    // What a viewer begins with leaves together with the answer. If 100 clients join a live stream
    // at once, this takes a sixth off the time to their first picture.
    client.transport.hold_back(true);
    // The media of the loops must follow this.
    let flushed = client.flush();
    if flushed.is_ok() {
        let _ = stream.sender().send(first_tags(stream.handle(), &mut out));
        peer_log!(Info, stream.shared(), "plays");
        stream.start();
    }
    client.transport.hold_back(false);
    flushed.inspect_err(|_| stream.end_before_start())
}

fn stop(client: &Client, id: MessageStreamId) {
    let Some(stream): Option<Arc<ServerStream>> = client.playing(id) else { return };
    if stream.stop(true) {
        stream.sender().drop_queued();
        streams::tell_stop(client, &stream);
    }
}

/// Returns what the play handler put. Adds the metadata that players wait for, unless it put some.
fn first_tags(stream: &Stream, out: &mut PlayOut) -> Vec<Tag> {
    let mut tags = out.take_tags();
    if tags.iter().any(|tag| tag.kind == TagKind::Script) {
        return tags;
    }
    if let Some(metadata) = stream.codec_metadata() {
        let payload = on_metadata(metadata);
        tags.insert(0, Tag { kind: TagKind::Script, timestamp: out.clock(), payload });
    }
    tags
}
