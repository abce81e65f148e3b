//! `--shared`: a film as a live stream, which all viewers share.

use std::sync::Arc;

use rendercast::amf::{Object, Value};
use rendercast::media::flv;
use rendercast::{
    ConnectEventHandler, Connection, HandlerResult, LoopFrameOut, RenderLoop, RenderLoopConfig,
    Stream, Tag, Timestamp,
};

use crate::clock;

/// As many calls a second as there are frames.
const RATE: f64 = 25.0;

/// Shows every stream the same loop.
pub(crate) struct Live(Arc<RenderLoop>);

impl Live {
    /// A loop that plays `film` from now on, once, whoever watches. With `is_stamped` each frame
    /// gets the time.
    pub(crate) fn show(film: Arc<flv::File>, is_stamped: bool) -> anyhow::Result<Self> {
        let config = RenderLoopConfig::new("soak").rate(RATE).runs_without_viewers(true);
        Ok(Self(Arc::new(RenderLoop::of_frames(config, frames(film, is_stamped))?)))
    }
}

impl ConnectEventHandler for Live {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        let scene = Arc::clone(&self.0);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            stream.join(&scene);
            Ok(true)
        });
        Ok(true)
    }
}

/// Puts what of the film is due by the loop's clock.
fn frames(
    film: Arc<flv::File>,
    is_stamped: bool,
) -> impl FnMut(&mut LoopFrameOut, bool) -> HandlerResult + Send {
    let mut tags = Vec::new();
    tags.extend(film.tags_from(flv::Place::START));
    let (mut next, mut started) = (0, None);
    move |out, _| {
        let started: Timestamp = *started.get_or_insert_with(|| out.clock());
        while let Some(tag) = tags.get(next).cloned() {
            let timestamp = started.plus(tag.timestamp.0);
            if timestamp.since(out.clock()) > 0 {
                return Ok(true);
            }
            let tag = if is_stamped { clock::stamp(tag) } else { tag };
            out.tag(Tag { timestamp, ..tag });
            next += 1;
        }
        out.end();
        Ok(true)
    }
}
