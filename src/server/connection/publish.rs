//! What a client publishes: who may, where its media go, and how it ends.

use std::sync::Arc;
use std::time::Instant;

use super::client::{Client, Publishing};
use super::ended::Ended;
use super::verdict::{status_of, verdict};
use crate::handler::{Failure, PublishRequest, call};
use crate::media::Tag;
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk::Message;
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::protocol::server_session::{Call, Publish};
use crate::server::stream::stream::ServerStream;

/// Asks the publish handler, and tells the client whether it may publish.
#[inline(never)]
pub(crate) fn publish(client: &mut Client, publish: Publish) -> Result<(), Ended> {
    let id = publish.stream;
    unpublish(client, id)?;
    let Some(stream) = client.streams.get(&id).cloned() else {
        let refusal = Status::error(code::PUBLISH_BAD_NAME, "There is no such stream.");
        client.session.refuse_publish(id, &refusal);
        return Ok(());
    };
    // A stream plays or publishes.
    stream.stop(false);
    let request = PublishRequest { stream_name: publish.name, kind: publish.kind };
    let handle = stream.handle();
    handle.set_published_name(&request.stream_name);
    let outcome = call(&handle.handlers.publish, stream.shared(), "publish handler", |handler| {
        handler.publish(handle, &request)
    });
    if outcome.is_none() {
        let refusal = Status::error(code::PUBLISH_BAD_NAME, "This server takes no streams.");
        client.session.refuse_publish(id, &refusal);
        return Ok(());
    }
    if let Some(refusal) = refusal(outcome, code::PUBLISH_DENIED)? {
        handle.end_publishing();
        client.session.refuse_publish(id, &refusal);
        return Ok(());
    }
    stream.want();
    handle.begin_publishing();
    client.publishing.push(Publishing { stream, tags: Vec::new(), source: None });
    client.session.start_publish(id, &request.stream_name);
    Ok(())
}

/// Keeps media of a publisher until the end of this read. Ignores those of other clients.
#[inline(never)]
pub(crate) fn media(client: &mut Client, message: Message) {
    let id = message.message_stream_id;
    let publishing = client.publishing.iter_mut().find(|publishing| publishing.is_on(id));
    if let Some(publishing) = publishing
        && let Some(tag) = Tag::from_message(message)
    {
        publishing.tags.push(tag);
    }
}

/// Hands over the media that came in this read. So what came together leaves together.
pub(crate) fn deliver(client: &mut Client) -> Result<(), Ended> {
    let mut refused = Vec::new();
    for publishing in &mut client.publishing {
        if let Some(refusal) = publishing.deliver()? {
            refused.push((publishing.stream.handle().message_stream_id(), refusal));
        }
    }
    for (id, refusal) in refused {
        unpublish(client, id)?;
        client.session.refuse_publish(id, &refusal);
    }
    Ok(())
}

/// Ends what `FCUnpublish` names. Publishers send it before they delete the stream.
#[inline(never)]
pub(crate) fn note_call(client: &mut Client, call: &Call) -> Result<(), Ended> {
    if call.procedure != "FCUnpublish" {
        return Ok(());
    }
    let name = call.arguments.first().and_then(Value::as_str).unwrap_or_default();
    let named = |publishing: &&Publishing| publishing.stream.handle().stream_name() == name;
    let named = client.publishing.iter().find(named);
    match named.map(|publishing| publishing.stream.handle().message_stream_id()) {
        Some(id) => unpublish(client, id),
        None => Ok(()),
    }
}

/// Ends what the client publishes on a stream, and tells it so.
#[inline(never)]
pub(crate) fn close(client: &mut Client, id: MessageStreamId) -> Result<(), Ended> {
    if client.publishing.iter().any(|publishing| publishing.is_on(id)) {
        unpublish(client, id)?;
        let name = client.stream(id).map(|stream| stream.handle().stream_name());
        client.session.end_publish(id, &name.unwrap_or_default());
    }
    Ok(())
}

/// Ends what the client publishes on a stream, after what has come until now.
#[inline(never)]
pub(crate) fn unpublish(client: &mut Client, id: MessageStreamId) -> Result<(), Ended> {
    let is_on = |publishing: &Publishing| publishing.is_on(id);
    let Some(place) = client.publishing.iter().position(is_on) else { return Ok(()) };
    let mut publishing = client.publishing.remove(place);
    let outcome = publishing.deliver();
    // The handler may block.
    publishing.source = None;
    tell_unpublished(&publishing.stream);
    outcome.map(drop)
}

/// Ends everything that the client publishes.
pub(crate) fn unpublish_all(client: &mut Client) {
    for mut publishing in std::mem::take(&mut client.publishing) {
        // The connection has ended: a refusal reaches no client, and a panic is logged.
        let _ = publishing.deliver();
        publishing.source = None;
        tell_unpublished(&publishing.stream);
    }
}

impl Publishing {
    fn is_on(&self, id: MessageStreamId) -> bool {
        self.stream.handle().message_stream_id() == id
    }

    /// Gives the media to the handler, and what it leaves of them to the live stream. Returns what
    /// the client is told if the handler refuses them.
    fn deliver(&mut self) -> Result<Option<Status>, Ended> {
        if self.tags.is_empty() {
            return Ok(None);
        }
        let (shared, handle) = (self.stream.shared(), self.stream.handle());
        if self.stream.is_unwanted() {
            let description = "The application has ended this stream.";
            return Ok(Some(Status::error(code::PUBLISH_REJECTED, description)));
        }
        let mut tags = std::mem::take(&mut self.tags);
        let what = "publish handler, at media";
        let outcome =
            call(&handle.handlers.publish, shared, what, |it| it.media(handle, &mut tags));
        let refusal = refusal(outcome, code::PUBLISH_REJECTED)?;
        if refusal.is_none()
            && let Some(live_stream) = handle.publishes_to()
        {
            live_stream.send(tags, Instant::now());
        }
        Ok(refusal)
    }
}

fn tell_unpublished(stream: &Arc<ServerStream>) {
    let handle = stream.handle();
    // Its panic changes nothing: the client has ceased to publish.
    let _ = call(&handle.handlers.publish, stream.shared(), "publish handler, at the end", |it| {
        it.unpublish(handle);
        Ok(())
    });
    handle.end_publishing();
}

/// Returns what the client is told if the handler refuses. A missing handler does not.
fn refusal(
    outcome: Option<Result<bool, Failure>>,
    code: &'static str,
) -> Result<Option<Status>, Ended> {
    let description = "The application refused the publisher.";
    Ok(match verdict(outcome, true)? {
        Ok(true) => None,
        Ok(false) => Some(Status::error(code, description)),
        Err(error) => Some(status_of(&*error, code)),
    })
}
