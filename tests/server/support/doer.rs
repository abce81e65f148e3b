//! An application that notes each call of a handler, and does something in one of them.

use std::sync::{Arc, Mutex, PoisonError};

use rendercast::amf::{Object, Value};
use rendercast::protocol::Timestamp;
use rendercast::{
    ConnectEventHandler, Connection, FrameEventHandler, FrameOut, HandlerResult, MediaOut,
    PauseEventHandler, PlayEventHandler, PlayOut, PlayRequest, PublishEventHandler, PublishRequest,
    RenderEventHandler, SeekEventHandler, Stream, StreamEventHandler, Transition,
};

use super::{Told, key_frame};

/// What a handler does once.
pub(crate) type Deed = Box<dyn FnOnce() + Send>;

/// Does its deed in the handler of the name `at`.
#[derive(Clone)]
pub(crate) struct Doer {
    pub(crate) at: &'static str,
    pub(crate) deed: Arc<Mutex<Option<Deed>>>,
    pub(crate) told: Told,
}

impl Doer {
    fn reaches(&self, place: &str) {
        // Those of the loops would be thousands.
        if !["frame", "render"].contains(&place) {
            self.told.note(place);
        }
        if place == self.at
            && let Some(deed) = self.deed.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            deed();
            self.told.note("done");
        }
    }
}

impl ConnectEventHandler for Doer {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        connection.register_stream_event_handler(self.clone());
        let doer = self.clone();
        connection.register_remote_call_handler(
            "ask",
            move |connection: &Connection, _: &str, _: &Value, _: &[Value]| {
                doer.reaches("call");
                let doer = doer.clone();
                let _ = connection.call("answer", &[], move |_| doer.reaches("reply"));
                Ok(Value::Null)
            },
        );
        self.reaches("connect");
        Ok(true)
    }

    fn close(&self, _: &Connection) {
        self.reaches("close");
    }
}

impl StreamEventHandler for Doer {
    fn create(&mut self, stream: &Stream, _: &Value) -> HandlerResult {
        stream.set_render_rate(200.0)?;
        stream.register_play_event_handler(self.clone());
        stream.register_pause_event_handler(self.clone());
        stream.register_seek_event_handler(self.clone());
        stream.register_render_event_handler(self.clone());
        stream.register_frame_event_handler(self.clone());
        stream.register_publish_event_handler(self.clone());
        self.reaches("create");
        Ok(true)
    }

    fn remove(&mut self, _: &Stream) {
        self.reaches("remove");
    }
}

impl PlayEventHandler for Doer {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        self.reaches("play");
        Ok(true)
    }

    fn transition(&mut self, _: &Stream, _: &PlayRequest, _: Transition) -> HandlerResult {
        self.reaches("transition");
        Ok(true)
    }

    fn stop(&mut self, _: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.reaches("stop");
        Ok(true)
    }
}

impl PauseEventHandler for Doer {
    fn pause(&mut self, _: &Stream) -> HandlerResult {
        self.reaches("pause");
        Ok(true)
    }

    fn resume(&mut self, _: &Stream) -> HandlerResult {
        self.reaches("resume");
        Ok(true)
    }
}

impl SeekEventHandler for Doer {
    fn seek(&mut self, _: &Stream, position: Timestamp) -> HandlerResult<Option<Timestamp>> {
        self.reaches("seek");
        Ok(Some(position))
    }
}

impl RenderEventHandler for Doer {
    fn render(&mut self, _: &Stream) -> HandlerResult {
        self.reaches("render");
        Ok(true)
    }
}

impl FrameEventHandler for Doer {
    fn frame(&mut self, _: &Stream, out: &mut FrameOut, _: bool) -> HandlerResult {
        out.video(key_frame(0, 0));
        self.reaches("frame");
        Ok(true)
    }
}

impl PublishEventHandler for Doer {
    fn publish(&mut self, _: &Stream, _: &PublishRequest) -> HandlerResult {
        self.reaches("publish");
        Ok(true)
    }

    fn unpublish(&mut self, _: &Stream) {
        self.reaches("unpublish");
    }
}
