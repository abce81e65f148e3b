//! The client plays: in place of what is playing, after it, or as another rendition of it.

use std::sync::Arc;

use super::conversation::{Conversation, Ended};
use super::dispatch::{ask, status_of};
use crate::handler::{FrameOut, PlayRequest, Stream, Transition};
use crate::media::{Tag, TagKind, on_metadata};
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::protocol::server_session::{Play, Play2, PlayStart};
use crate::protocol::{MessageStreamId, Timestamp};
use crate::server::stream::stream::ServerStream;
use crate::sync::lock;

impl Conversation {
    pub(crate) fn play(&mut self, play: Play) -> Result<(), Ended> {
        let request = PlayRequest {
            stream_name: play.name,
            from: play.from,
            duration: play.duration,
            reset: play.reset,
        };
        if !request.reset && self.joins(play.stream, &request, Transition::Append)? {
            return Ok(());
        }
        self.replace(play.stream, request)
    }

    /// What the transitions mean is documented by Flash's `NetStreamPlayTransitions` alone. `swap` is
    /// taken for `switch`, and `resume`, with which a client goes on after it connected anew, for a
    /// play from the start that it names.
    pub(crate) fn play2(&mut self, play2: Play2) -> Result<(), Ended> {
        let mut request = PlayRequest {
            stream_name: play2.name,
            from: play2.from,
            duration: play2.duration,
            reset: true,
        };
        let transition = match play2.transition.as_str() {
            "stop" => {
                self.stop_playing(play2.stream);
                return Ok(());
            }
            "reset" | "resume" => return self.replace(play2.stream, request),
            "append" | "appendAndWait" => {
                request.reset = false;
                Transition::Append
            }
            _ => Transition::Switch,
        };
        if self.joins(play2.stream, &request, transition)? {
            return Ok(());
        }
        self.replace(play2.stream, request)
    }

    /// Whether the play handler took `request` for something to join what is playing, or the client
    /// was told why not.
    fn joins(
        &mut self,
        stream: MessageStreamId,
        request: &PlayRequest,
        transition: Transition,
    ) -> Result<bool, Ended> {
        let Some(playback) = self.playing(stream) else { return Ok(false) };
        let Some(handler) = playback.handle().handlers.play.get() else { return Ok(false) };
        let _gate = lock(&playback.shared().gate);
        match lock(&handler).transition(playback.handle(), request, transition) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => {
                log::info!("{}: play handler: {error}", playback.log_name());
                self.session.refuse_play(stream, &status_of(&*error, code::PLAY_FAILED));
                return Ok(true);
            }
        }
        if transition == Transition::Switch {
            let description = format!("Switching to {}.", request.stream_name);
            self.session.send_status(stream, &Status::new(code::PLAY_TRANSITION, description));
            // Before the frame loop may say that it is complete.
            self.flush()?;
        }
        Ok(true)
    }

    fn replace(&mut self, id: MessageStreamId, request: PlayRequest) -> Result<(), Ended> {
        let Some(playback) = self.streams.get(&id).cloned() else {
            let refusal = Status::error(code::PLAY_FAILED, "There is no such stream.");
            self.session.refuse_play(id, &refusal);
            return Ok(());
        };
        playback.stop(false);
        playback.sender().drop_queued();
        playback.sender().restart();
        let stream = playback.handle();
        stream.set_recorded(false);
        stream.set_request(request.clone());
        let mut out = stream.frame_out(Timestamp(0), playback.sender().room_bytes());
        match ask(&stream.handlers.play, |handler| handler.play(stream, &mut out)) {
            Ok(true) => {}
            Ok(false) => {
                let refusal = Status::error(code::PLAY_FAILED, "The application refused the play.");
                self.session.refuse_play(id, &refusal);
                playback.discard_encoder();
                return Ok(());
            }
            Err(error) => {
                log::info!("{}: play handler: {error}", playback.log_name());
                self.session.refuse_play(id, &status_of(&*error, code::PLAY_FAILED));
                playback.discard_encoder();
                return Ok(());
            }
        }
        if !stream.is_recorded() {
            self.transport.limit_unsent(self.shared.config.live_unsent_bytes);
        }
        let PlayRequest { stream_name, reset, .. } = request;
        let start = PlayStart { name: &stream_name, recorded: stream.is_recorded(), reset };
        self.session.start_play(id, start);
        // What the loops send must come after this.
        self.flush()?;
        let _ = playback.sender().send(first_tags(stream, &mut out));
        playback.start();
        Ok(())
    }

    fn stop_playing(&self, stream: MessageStreamId) {
        let Some(playback): Option<Arc<ServerStream>> = self.playing(stream) else { return };
        if playback.stop(true) {
            playback.sender().drop_queued();
            self.say_goodbye(&playback);
        }
    }
}

/// What the play handler put, and ahead of it the metadata that players wait for.
fn first_tags(stream: &Stream, out: &mut FrameOut) -> Vec<Tag> {
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
