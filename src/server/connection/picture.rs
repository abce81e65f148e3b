//! Answers a client that wants pictures of a stream instead of its media.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::client::Client;
use super::ended::Ended;
use crate::hub::{CanvasSource, NoPicture, PERIOD, Patience, Rendered, Still};
use crate::media::Canvas;
use crate::media::mux::Messages;
use crate::peer_log::peer_log;
use crate::protocol::http::Status;
use crate::protocol::web_session::{ImageType, PART_END, part_head};
use crate::server::stills::Whose;
use crate::server::stream::stream::ServerStream;
use crate::transport::{Input, receive};

/// How long a client waits for a picture that must be drawn first.
const PATIENCE: Duration = Duration::from_secs(10);

/// After this time, a picture that stays the same is sent again. So proxies do not take the stream
/// for dead, and a client is noticed whose machine is gone.
const AGAIN: Duration = Duration::from_secs(2);

/// How often a thread that waits looks whether the connection is to be closed.
const STEP: Duration = Duration::from_millis(50);

/// How much a client may send while it is sent a moving picture, in bytes. Browsers send nothing.
const MOST_IGNORED: usize = 16 << 10;

/// How much of that is read at once, in bytes.
const IGNORED_AT_ONCE: usize = 4 << 10;

/// Answers a client whose play was granted. Blocks until the stream has a picture, for 10 seconds
/// at most. A client that wants a moving picture is sent one picture after the other, until it is
/// gone.
pub(crate) fn answer(
    client: &mut Client,
    stream: &ServerStream,
    image_type: ImageType,
    is_moving: bool,
) -> Result<(), Ended> {
    let own = OwnLoops {
        stream,
        is_moving,
        have_run: AtomicBool::new(false),
        has_taken: AtomicBool::new(false),
    };
    let answered = match Pictures::of(client, stream, image_type, &own) {
        Ok(pictures) if is_moving => send_moving(client, &pictures),
        Ok(pictures) => send_one(client, &pictures),
        Err(missing) => refuse(client, &missing),
    };
    own.end();
    answered
}

/// The pictures of a stream.
struct Pictures<'a> {
    source: Source<'a>,
    still: Arc<Still>,
    image_type: ImageType,
    stream: &'a ServerStream,
}

enum Source<'a> {
    Shared(Arc<dyn CanvasSource>),
    Own(&'a OwnLoops<'a>),
}

impl<'a> Pictures<'a> {
    fn of(
        client: &Client,
        stream: &'a ServerStream,
        image_type: ImageType,
        own: &'a OwnLoops<'a>,
    ) -> Result<Self, NoPicture> {
        match stream.source() {
            Some(source) => {
                let Some(Rendered { source, still }) = source.rendered().cloned() else {
                    return Err(NoPicture::NotRendered);
                };
                Ok(Self { source: Source::Shared(source), still, image_type, stream })
            }
            None if stream.draws() => {
                let whose =
                    Whose::new(client.peer, &client.connection, stream.handle().stream_name());
                let still = client.server.stills.of(whose);
                Ok(Self { source: Source::Own(own), still, image_type, stream })
            }
            None => Err(NoPicture::NotRendered),
        }
    }

    /// Returns the picture that the stream shows. If it must be drawn, waits for it until `until`.
    fn next(&self, client: &Client, until: Instant) -> Result<Bytes, NoPicture> {
        let is_over = || client.shared.is_closing() || client.shared.sender.failure().is_some();
        let patience = Patience { until, is_over: &is_over };
        let source: &dyn CanvasSource = match &self.source {
            Source::Shared(source) => &**source,
            Source::Own(own) => *own,
        };
        let image = self.still.image(self.image_type, patience, source)?;
        if image.is_new {
            client.server.stills.note_encoded();
        }
        Ok(image.file)
    }
}

fn refuse(client: &mut Client, missing: &NoPicture) -> Result<(), Ended> {
    if let Some((_, session)) = client.session.for_picture() {
        session.refuse_picture(status_of(missing), &missing.to_string());
    }
    Ok(())
}

fn send_one(client: &mut Client, pictures: &Pictures<'_>) -> Result<(), Ended> {
    let file = match pictures.next(client, Instant::now() + PATIENCE) {
        Ok(file) => file,
        Err(missing) => return refuse(client, &missing),
    };
    let Some((image_type, session)) = client.session.for_picture() else { return Ok(()) };
    let wants_file = session.grant_picture(image_type, file.len());
    let mut parts = vec![Bytes::from(client.session.take_output())];
    if wants_file {
        parts.push(file);
    }
    peer_log!(Info, pictures.stream.shared(), "is sent a picture");
    send(client, parts)?;
    Err(Ended::Complete)
}

/// Sends pictures as they change, 10 a second at most. A client that is slow is sent the next one
/// when it has taken the last.
fn send_moving(client: &mut Client, pictures: &Pictures<'_>) -> Result<(), Ended> {
    let mut last = match pictures.next(client, Instant::now() + PATIENCE) {
        Ok(file) => file,
        Err(missing) => return refuse(client, &missing),
    };
    let Some((image_type, session)) = client.session.for_picture() else { return Ok(()) };
    let wants_pictures = session.grant_moving_picture();
    let head = client.session.take_output();
    peer_log!(Info, pictures.stream.shared(), "is sent a moving picture");
    send(client, vec![head.into()])?;
    if !wants_pictures {
        return Err(Ended::Complete);
    }
    let mut ignored = Ignored::default();
    loop {
        let head = part_head(image_type, last.len());
        send(client, vec![head.into(), last.clone(), PART_END.into()])?;
        wait(client, Instant::now() + PERIOD, &mut ignored)?;
        // Counted from when the client has taken the last one. A slow client too has time for a
        // picture that must be drawn.
        let again_at = Instant::now() + AGAIN;
        last = loop {
            match pictures.next(client, again_at) {
                Ok(file) if file != last => break file,
                Ok(_) | Err(NoPicture::TooLate | NoPicture::NothingDrawn) => {}
                Err(_) => return Err(Ended::Complete),
            }
            wait(client, again_at.min(Instant::now() + PERIOD), &mut ignored)?;
            if Instant::now() >= again_at {
                break last;
            }
        };
    }
}

fn send(client: &Client, parts: Vec<Bytes>) -> Result<(), Ended> {
    let sent = client.shared.sender.send_ahead(&Messages::from(parts));
    sent.map_err(|_| client.why_input_ended())
}

/// What a client has sent while it is sent a moving picture. It is never answered.
#[derive(Default)]
struct Ignored {
    bytes: usize,
}

impl Ignored {
    /// Reads once. Waits for `timeout` at most.
    fn read(&mut self, client: &Client, timeout: Duration) -> Result<(), Ended> {
        let mut buffer = [0; IGNORED_AT_ONCE];
        match receive(&*client.transport, &mut buffer, timeout).map_err(Ended::Read)? {
            Input::Bytes(length) => self.bytes += length,
            Input::Nothing => {}
            Input::End => return Err(client.why_input_ended()),
        }
        if self.bytes > MOST_IGNORED { Err(Ended::SendsTooMuch(MOST_IGNORED)) } else { Ok(()) }
    }
}

/// Waits until an instant, and until the client has taken what it was sent. Ignores what it sends.
fn wait(client: &Client, until: Instant, ignored: &mut Ignored) -> Result<(), Ended> {
    let sender = &client.shared.sender;
    loop {
        if client.shared.is_closing() {
            return Err(Ended::ByUs);
        }
        if sender.failure().is_some() {
            return Err(client.why_input_ended());
        }
        let now = Instant::now();
        if sender.is_congested() {
            sender.drain(now + STEP);
        } else if now < until {
            ignored.read(client, STEP.min(until - now))?;
        } else {
            return Ok(());
        }
    }
}

const fn status_of(missing: &NoPicture) -> Status {
    match missing {
        NoPicture::NotRendered | NoPicture::Ended => Status::NotFound,
        NoPicture::Panicked => Status::InternalServerError,
        NoPicture::NothingDrawn | NoPicture::TooLate | NoPicture::Image(_) => {
            Status::ServiceUnavailable
        }
    }
}

/// The loops of a stream that draws for this client alone. They run until there is a picture, or
/// as long as the client is sent a moving one.
struct OwnLoops<'a> {
    stream: &'a ServerStream,
    is_moving: bool,
    have_run: AtomicBool,
    /// Whether the last picture was taken. If not, one that has come since is new.
    has_taken: AtomicBool,
}

impl OwnLoops<'_> {
    /// Ends the play that was granted.
    fn end(&self) {
        if !self.have_run.load(Ordering::Relaxed) {
            self.stream.end_before_start();
        } else if self.is_moving {
            self.stream.stop(false);
        }
    }
}

impl CanvasSource for OwnLoops<'_> {
    fn canvas(&self, patience: Patience<'_>) -> Result<Arc<Canvas<'static>>, NoPicture> {
        let Self { stream, is_moving, have_run, has_taken } = self;
        let Some(capture) = stream.handle().capture() else { return Err(NoPicture::NotRendered) };
        if have_run.swap(true, Ordering::Relaxed) {
            if has_taken.load(Ordering::Relaxed) {
                capture.begin_again();
            }
        } else {
            if !stream.handle().handlers.render.is_set() {
                capture.note_drawn();
            }
            stream.start();
        }
        let has_ended = || (patience.is_over)() || !stream.is_playing();
        let canvas = capture.wait(Patience { is_over: &has_ended, ..patience });
        has_taken.store(canvas.is_some(), Ordering::Relaxed);
        let has_ended = !stream.is_playing();
        if !is_moving {
            stream.stop(false);
        }
        canvas.ok_or(if has_ended { NoPicture::Ended } else { NoPicture::TooLate })
    }

    fn give_back(&self, _: Arc<Canvas<'static>>) {}
}
