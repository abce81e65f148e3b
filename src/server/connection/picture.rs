//! Answers a client that wants one picture of a stream instead of its media.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::client::Client;
use super::ended::Ended;
use crate::hub::{CanvasSource, Image, NoPicture, Patience};
use crate::media::Canvas;
use crate::media::mux::Messages;
use crate::peer_log::peer_log;
use crate::protocol::http::Status;
use crate::protocol::web_session::ImageType;
use crate::server::stills::Whose;
use crate::server::stream::stream::ServerStream;

/// How long a client waits for a picture that must be drawn first.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers a client whose play was granted. Blocks until the stream has a picture, for 10 seconds
/// at most.
pub(crate) fn answer(
    client: &mut Client,
    stream: &ServerStream,
    image_type: ImageType,
) -> Result<(), Ended> {
    let found = take(client, stream, image_type);
    let Some((_, session)) = client.session.for_picture() else { return Ok(()) };
    let image = match found {
        Ok(image) => image,
        Err(missing) => {
            session.refuse_picture(status_of(&missing), &missing.to_string());
            return Ok(());
        }
    };
    if image.is_new {
        client.server.stills.note_encoded();
    }
    let wants_file = session.grant_picture(image_type, image.file.len());
    let mut parts = vec![Bytes::from(client.session.take_output())];
    if wants_file {
        parts.push(image.file);
    }
    peer_log!(Info, stream.shared(), "is sent a picture");
    let sent = client.shared.sender.send_ahead(&Messages::from(parts));
    sent.map_err(|_| client.why_input_ended())?;
    Err(Ended::Complete)
}

/// Returns a picture of what the stream shows, and ends the play that was granted.
fn take(client: &Client, stream: &ServerStream, image_type: ImageType) -> Result<Image, NoPicture> {
    let is_closing = || client.shared.is_closing();
    let patience = Patience { until: Instant::now() + PATIENCE, is_over: &is_closing };
    let own = OwnLoops { stream, have_run: AtomicBool::new(false) };
    let found = match stream.source() {
        Some(source) => match source.rendered() {
            Some(rendered) => rendered.still.image(image_type, patience, &*rendered.source),
            None => Err(NoPicture::NotRendered),
        },
        None if stream.draws() => {
            let whose = Whose::new(client.peer, &client.connection, stream.handle().stream_name());
            client.server.stills.of(whose).image(image_type, patience, &own)
        }
        None => Err(NoPicture::NotRendered),
    };
    if !own.have_run.load(Ordering::Relaxed) {
        stream.end_before_start();
    }
    found
}

const fn status_of(missing: &NoPicture) -> Status {
    match missing {
        NoPicture::NotRendered | NoPicture::Ended => Status::NotFound,
        NoPicture::NothingDrawn | NoPicture::TooLate | NoPicture::Image(_) => {
            Status::ServiceUnavailable
        }
    }
}

/// The loops of a stream that draws for this client alone. They run until there is a picture.
struct OwnLoops<'a> {
    stream: &'a ServerStream,
    have_run: AtomicBool,
}

impl CanvasSource for OwnLoops<'_> {
    fn canvas(&self, patience: Patience<'_>) -> Result<Arc<Canvas<'static>>, NoPicture> {
        let Self { stream, have_run } = self;
        let Some(capture) = stream.handle().capture() else { return Err(NoPicture::NotRendered) };
        have_run.store(true, Ordering::Relaxed);
        if !stream.handle().handlers.render.is_set() {
            capture.note_drawn();
        }
        stream.start();
        let has_ended = || (patience.is_over)() || !stream.is_playing();
        let canvas = capture.wait(Patience { is_over: &has_ended, ..patience });
        let has_ended = !stream.is_playing();
        stream.stop(false);
        canvas.ok_or(if has_ended { NoPicture::Ended } else { NoPicture::TooLate })
    }

    fn give_back(&self, _: Arc<Canvas<'static>>) {}
}
