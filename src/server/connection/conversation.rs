//! The conversation with one client, from its first byte to the last handler that is told.
//!
//! A page of stack that is touched once stays resident for each connection. So the functions here
//! and in `dispatch` whose frames would lie below those of the handlers are out of line.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::client::{Client, MEDIA_BUFFER_BYTES};
use super::dispatch::dispatch;
use super::ended::Ended;
use super::session::Spoken;
use super::{publish, read_pause, streams};
use crate::handler::{PeerAddress, guard};
use crate::panics;
use crate::server::state::ServerState;
use crate::threads::SOON;
use crate::transport::{Input, LINGER_TIMEOUT, READ_BYTES, Transport, linger, receive};

/// How many bytes are read at once from a client that sends little, as viewers do for hours. A
/// larger buffer would keep another page of the stack in use.
const FEW_BYTES: usize = 128;

/// How often a thread that waits for the last bytes looks whether the server shuts down.
const DRAIN_STEP: Duration = Duration::from_millis(200);

/// How long a client may take to read a picture.
const PICTURE_TIMEOUT: Duration = Duration::from_secs(60);

/// A connection whose client is served from now on.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) transport: Arc<dyn Transport>,
    /// The bytes that were read while the protocol was detected.
    pub(crate) received: Vec<u8>,
    pub(crate) spoken: Spoken,
}

/// Speaks with a peer until its connection ends.
///
/// `since` is the instant from which the deadline of the handshake is counted.
pub(crate) fn converse(
    server: &Arc<ServerState>,
    id: u64,
    peer: PeerAddress,
    since: Instant,
    opened: Opened,
) {
    let mut seed = [0; 32];
    if let Err(error) = getrandom::fill(&mut seed) {
        return Ended::SetUp(io::Error::other(error)).log(peer);
    }
    // In the page of the stack that every thread has, below what the system needs, there is room.
    let mut client = Client::new(server, id, peer, since, opened.transport, opened.spoken, seed);
    client.transport.acknowledge_with_answers(true);
    let ended = panics::catch(|| run(&mut client, opened.received)).unwrap_or_else(Ended::Bug);
    let ended = client.shared.eviction().map_or(ended, Ended::Evicted);
    ended.log(peer);
    end(&mut client, &ended);
}

/// Answers the bytes that were `received` before, and then everything that comes.
fn run(client: &mut Client, received: Vec<u8>) -> Ended {
    let mut outcome = answer(client, &received, false);
    drop(received);
    loop {
        if let Err(ended) = outcome {
            return ended;
        }
        // A publisher goes deep all the time.
        if client.publishing.is_empty() || client.stack.is_hurried() {
            client.stack.trim();
        }
        outcome = if !client.publishing.is_empty() {
            read_media(client)
        } else if client.sends_little {
            read_and_answer::<FEW_BYTES>(client)
        } else {
            // The buffer takes another page.
            client.stack.touch(Instant::now());
            read_and_answer::<READ_BYTES>(client)
        };
    }
}

/// Does what [`read_once`] does with a buffer of `BYTES` on the stack.
#[inline(never)]
fn read_and_answer<const BYTES: usize>(client: &mut Client) -> Result<(), Ended> {
    read_once(client, &mut [0; BYTES], Duration::MAX)
}

/// Does what [`read_once`] does with the buffer for publishers. What waits for the latency of their
/// streams may be read later, and is sent meanwhile.
#[inline(never)]
fn read_media(client: &mut Client) -> Result<(), Ended> {
    let Some(longest) = read_pause::pause(client) else {
        return keep_deadline(client, Instant::now());
    };
    let mut buffer = std::mem::take(&mut client.media_buffer);
    buffer.resize(MEDIA_BUFFER_BYTES, 0);
    let outcome = read_once(client, &mut buffer, longest);
    if !client.publishing.is_empty() {
        client.media_buffer = buffer;
    }
    outcome
}

/// Reads once, until the next deadline of the session at most, and answers everything that came.
/// An encrypted read takes no longer than `longest`, for it may wait for the rest of a record.
fn read_once(client: &mut Client, buffer: &mut [u8], longest: Duration) -> Result<(), Ended> {
    let now = Instant::now();
    keep_deadline(client, now)?;
    let mut timeout = client.session.deadline().saturating_duration_since(now);
    if client.transport.carrier().is_encrypted() {
        // To decrypt goes deeper.
        client.stack.touch(now);
        timeout = timeout.min(longest);
    }
    if client.stack.is_hurried() {
        timeout = timeout.min(SOON);
    }
    let input = receive(&*client.transport, buffer, timeout);
    if client.shared.is_closing() {
        return Err(Ended::ByUs);
    }
    match input.map_err(Ended::Read)? {
        Input::Bytes(length) => {
            client.sends_little = length < FEW_BYTES && client.publishing.is_empty();
            let has_more = length == buffer.len();
            let mut input = buffer.get(..length).unwrap_or_default();
            if is_at_rest(client) && read_acknowledgements(client, &mut input)? {
                return Ok(());
            }
            answer(client, input, has_more)
        }
        Input::Nothing => Ok(()),
        Input::End => Err(client.why_input_ended()),
    }
}

/// Does what the session must do at its deadline, if that has passed.
fn keep_deadline(client: &mut Client, now: Instant) -> Result<(), Ended> {
    if client.shared.sender.is_congested() || client.may_be_silent() {
        client.session.postpone_idle(now);
    }
    if client.session.deadline() <= now {
        client.stack.touch(now);
        client.session.handle_timeout(now)?;
        client.flush()?;
    }
    Ok(())
}

/// Reads the acknowledgements of a viewer, which need no answer. Returns whether nothing is left to
/// answer.
///
/// They come for hours. So this stays within the pages of the stack in which the thread waits.
#[inline(never)]
fn read_acknowledgements(client: &mut Client, input: &mut &[u8]) -> Result<bool, Ended> {
    let are_all = client.session.read_acknowledgements(Instant::now(), input)?;
    if are_all {
        note_received(client);
    }
    Ok(are_all)
}

/// Answers all requests in `input`, in one piece unless a handler or the limit of replies needs
/// more. `has_more` tells whether more has probably come.
#[inline(never)]
fn answer(client: &mut Client, mut input: &[u8], has_more: bool) -> Result<(), Ended> {
    let now = Instant::now();
    client.stack.touch(now);
    let sent_before = client.shared.sender.bytes_sent();
    let mut has_asked = false;
    while let Some(event) = client.session.read(now, &mut input)? {
        has_asked = true;
        dispatch(client, event)?;
        if client.session.output_bytes() > client.server.config.queues.reply_bytes {
            // One read may bring a hundred requests, and an answer may be of any length.
            client.flush()?;
        }
        if client.shared.is_closing() {
            return Err(Ended::ByUs);
        }
    }
    let is_publisher = !client.publishing.is_empty();
    if is_publisher && !has_more {
        // It may hold back the rest of a message until then. The delivery may take milliseconds.
        client.transport.acknowledge();
    }
    publish::deliver(client)?;
    note_received(client);
    client.note_held();
    let has_output = client.session.output_bytes() > 0;
    client.flush()?;
    if has_output {
        client.note_held();
    }
    let is_silent = !has_more && client.shared.sender.bytes_sent() == sent_before;
    if is_silent && !is_publisher && (has_asked || !is_at_rest(client)) {
        // The client may hold back the rest of its command until then.
        client.transport.acknowledge();
    }
    Ok(())
}

fn note_received(client: &Client) {
    let received = &client.shared.received;
    received.bytes.store(client.session.bytes_received(), Ordering::Relaxed);
    received.messages.store(client.session.messages_received(), Ordering::Relaxed);
    let acknowledged = client.session.bytes_acknowledged();
    received.acknowledged_bytes.store(acknowledged, Ordering::Relaxed);
}

/// Returns whether the client watches, and has sent no part of a command. What it has sent without
/// asking for anything is a report.
fn is_at_rest(client: &Client) -> bool {
    client.session.partial_bytes() == 0 && client.streams.values().any(|stream| stream.is_playing())
}

/// Stops all streams, tells the handlers, and closes the connection.
#[inline(never)]
fn end(client: &mut Client, ended: &Ended) {
    client.shared.begin_to_close();
    // Also after an error: the client may still read a refusal, or the reason of a timeout.
    let _ = client.flush();
    publish::unpublish_all(client);
    let is_ours = matches!(ended, Ended::ByUs);
    for stream in std::mem::take(&mut client.streams).into_values() {
        let was_playing = stream.is_playing();
        stream.stop(false);
        if was_playing && is_ours {
            streams::tell_stop(client, &stream);
        }
        streams::tell_removal(client, &stream);
    }
    client.shared.calls.close(&client.peer);
    if let Some(handler) = client.accepted_by.take() {
        let _ = guard(&client.peer, "connect handler, at the close", || {
            handler.close(&client.connection);
            Ok(())
        });
    }
    #[cfg(feature = "web")]
    {
        client.session.close(ended);
        let _ = client.flush();
    }
    if matches!(ended, Ended::Complete) {
        drain_all(client);
    }
    if ended.lets_client_read() {
        let deadline = Instant::now() + LINGER_TIMEOUT;
        if client.shared.sender.is_congested() {
            client.shared.sender.drain(deadline);
        }
        let connections = &client.server.connections;
        linger(&*client.transport, deadline, || !connections.is_shut_down());
    }
    client.shared.sender.close();
}

/// Waits until the client has all that was queued. Ends early if the client takes nothing for the
/// write timeout, is too slow for a picture, or if the server shuts down.
fn drain_all(client: &Client) {
    let sender = &client.shared.sender;
    let start = Instant::now();
    let is_slow = || client.session.is_for_picture() && start.elapsed() >= PICTURE_TIMEOUT;
    while sender.is_congested()
        && !is_slow()
        && sender.failure().is_none()
        && !client.server.connections.is_shut_down()
    {
        sender.drain(Instant::now() + DRAIN_STEP);
    }
}
