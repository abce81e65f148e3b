//! From a client's requests to the application's handlers, and back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::conversation::{Conversation, Ended};
use super::shared::Dialect;
use crate::handler::{HandlerResult, Refusal, Slot};
use crate::protocol::amf::Value;
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::protocol::server_session::{Call, Connect, CreateStream, Event, Publish};
use crate::protocol::{MessageStreamId, Timestamp};
use crate::server::send::outqueue::Outqueue;
use crate::server::send::stream_sender::StreamSender;
use crate::server::stream::stream::{ServerStream, StreamSettings};
use crate::sync::lock;

impl Conversation {
    pub(crate) fn dispatch(&mut self, event: Event) -> Result<(), Ended> {
        match event {
            Event::Connect(connect) => return self.connect(connect),
            Event::CreateStream(request) => self.create_stream(request),
            Event::DeleteStream(stream) => self.delete_stream(stream),
            Event::CloseStream(stream) => self.close_stream(stream),
            Event::Play(play) => return self.play(play),
            Event::Play2(play2) => return self.play2(play2),
            Event::Pause { stream, paused, .. } => self.pause(stream, paused),
            Event::Seek { stream, position } => return self.seek(stream, position),
            Event::ReceiveAudio { stream, on } => {
                self.with(stream, |playback| playback.sender().want_audio(on));
                self.confirm_receive(stream, on);
            }
            Event::ReceiveVideo { stream, on } => {
                let is_news = self.wants_video(stream, on);
                self.confirm_receive(stream, on);
                if is_news && on {
                    self.flush()?;
                    self.with(stream, ServerStream::renew_subscription);
                }
            }
            Event::BufferLength { stream, milliseconds } => {
                self.with(stream, |playback| playback.set_buffer_length(milliseconds));
            }
            Event::Publish(publish) => self.refuse_publish(&publish),
            Event::Call(call) => self.call(&call),
            Event::CallResult { transaction_id, result } => {
                if !self.link.calls.answer(transaction_id, result) {
                    log::debug!("{}: an answer to no call of ours", self.peer);
                }
            }
            Event::Ignored(reason) => log::debug!("{}: ignored: {reason}", self.peer),
            // Nobody may publish, so nobody is sent what a client sends without having asked.
            other => log::trace!("{}: nothing to do about {other:?}", self.peer),
        }
        Ok(())
    }

    fn connect(&mut self, connect: Connect) -> Result<(), Ended> {
        if let Value::Object(arguments) | Value::EcmaArray(arguments) = connect.command_object {
            self.connection.set_command_arguments(arguments);
        }
        let mut description = None;
        for handler in self.shared.connect_handlers() {
            let arguments = self.connection.command_arguments();
            match handler.connect(&self.connection, arguments, &connect.arguments) {
                Ok(true) => {
                    self.claimed_by = Some(handler);
                    break;
                }
                Ok(false) => {}
                Err(error) => {
                    log::info!("{}: connect handler: {error}", self.peer);
                    description = Some(status_of(&*error, code::CONNECT_REJECTED).description);
                }
            }
        }
        if self.claimed_by.is_none() {
            let description = description.unwrap_or_else(|| {
                format!("There is no application {:?} here.", self.connection.app())
            });
            self.session.refuse_connect(&description);
            return Err(Ended::Refused);
        }
        log::info!("{}: connected to {:?}", self.peer, self.connection.tc_url());
        self.session.accept_connect();
        let dialect = Dialect {
            chunk_size: self.session.chunk_size(),
            object_encoding: self.session.object_encoding(),
        };
        let link = Arc::clone(&self.link);
        link.set_dialect(dialect, || self.flush())
    }

    fn create_stream(&mut self, request: CreateStream) {
        let playback = self.new_playback(request.stream);
        let verdict = self.connection.stream_event_handler().map_or(Ok(true), |handler| {
            lock(&handler).create(playback.handle(), &request.command_object)
        });
        match verdict {
            Ok(true) => {
                self.streams.insert(request.stream, playback);
                self.session.accept_create_stream(request);
            }
            Ok(false) => {
                self.session.refuse_create_stream(request, "The application refused the stream.");
            }
            Err(error) => {
                log::info!("{}: stream handler: {error}", playback.log_name());
                self.session.refuse_create_stream(request, &error.to_string());
            }
        }
    }

    fn new_playback(&self, stream: MessageStreamId) -> Arc<ServerStream> {
        let config = &self.shared.config;
        let queue = Outqueue::new(stream, config.outqueue_length, config.outqueue_bytes);
        let outbox = Arc::clone(&self.link.outbox);
        let outlet = StreamSender::new(outbox, Arc::new(queue), self.link.dialect().chunk_size);
        let settings = StreamSettings {
            connection_id: self.id,
            tick_origin: self.shared.started,
            stack_bytes: config.stack_bytes,
        };
        let video_codecs = self.shared.video_codecs.clone();
        ServerStream::new(stream, Arc::clone(&self.connection), outlet, video_codecs, settings)
    }

    fn delete_stream(&mut self, stream: MessageStreamId) {
        if let Some(playback) = self.streams.remove(&stream) {
            playback.stop(false);
            playback.sender().drop_queued();
            self.remove(&playback);
        }
    }

    fn close_stream(&self, stream: MessageStreamId) {
        self.with(stream, |playback| {
            if playback.stop(true) {
                playback.sender().drop_queued();
            }
        });
    }

    fn pause(&mut self, stream: MessageStreamId, paused: bool) {
        let Some(playback) = self.played(stream) else { return };
        let stream_handle = playback.handle();
        let verdict = ask(&stream_handle.handlers.pause, |handler| {
            if paused { handler.pause(stream_handle) } else { handler.resume(stream_handle) }
        });
        match verdict {
            Ok(true) => {
                playback.set_paused(paused);
                let what = if paused { "paused" } else { "resumed" };
                log::debug!("{}: {what} at {}", playback.log_name(), playback.clock());
                let name = stream_handle.stream_name();
                self.session.notify_pause(stream, paused, &name);
            }
            Ok(false) => {}
            Err(error) => log::warn!("{}: pause handler: {error}", playback.log_name()),
        }
    }

    fn seek(&mut self, stream: MessageStreamId, position: Timestamp) -> Result<(), Ended> {
        let Some(playback) = self.played(stream) else {
            self.session.notify_seek(stream, position.0);
            return Ok(());
        };
        let _gate = lock(&playback.shared().gate);
        let handler = playback.handle().handlers.seek.get();
        let outcome = handler
            .map_or(Ok(None), |handler| lock(&handler).seek(playback.handle(), position))
            .unwrap_or_else(|error| {
                log::warn!("{}: seek handler: {error}", playback.log_name());
                None
            });
        if outcome.is_some() {
            playback.sender().drop_queued();
        }
        let reached = outcome.unwrap_or(position);
        log::debug!("{}: sought {position}, goes on at {reached}", playback.log_name());
        let starts_again = outcome.is_some() && playback.has_completed();
        if starts_again {
            // So that the end is told before, not after.
            playback.join();
        }
        self.session.notify_seek(stream, reached.0);
        self.flush()?;
        if starts_again {
            playback.sender().restart();
            playback.start_again();
        } else {
            // There is no past to seek in: the present begins anew, from a key frame on.
            playback.renew_subscription();
        }
        playback.wake_loops();
        Ok(())
    }

    /// Whether that is news.
    fn wants_video(&self, stream: MessageStreamId, on: bool) -> bool {
        self.streams.get(&stream).is_some_and(|playback| playback.sender().want_video(on))
    }

    /// A client that wants a kind of media again waits for this answer (RTMP 1.0 §7.2.2.4).
    fn confirm_receive(&mut self, stream: MessageStreamId, on: bool) {
        if on && let Some(playback) = self.playing(stream) {
            self.session.notify_seek(stream, playback.clock().0);
        }
    }

    fn refuse_publish(&mut self, publish: &Publish) {
        // Of the codes for a refusal this is the one that OBS and GStreamer tell their users about.
        let refusal = Status::error(code::PUBLISH_BAD_NAME, "This server takes no streams.");
        self.session.send_status(publish.stream, &refusal);
    }

    fn call(&mut self, call: &Call) {
        self.link.received.calls.fetch_add(1, Ordering::Relaxed);
        let handler = match self.connection.named_call_handler(&call.procedure) {
            Some(handler) => handler,
            // What every client calls without minding whether it is there is no news to a default.
            None if self.session.answer_by_default(call) => return,
            None => match self.connection.default_call_handler() {
                Some(handler) => handler,
                None => return self.refuse_call(call),
            },
        };
        let outcome = lock(&handler).call(
            &self.connection,
            &call.procedure,
            &call.command_object,
            &call.arguments,
        );
        self.answer_call(call, outcome);
    }

    fn answer_call(&mut self, call: &Call, outcome: HandlerResult<Value>) {
        match outcome {
            Ok(value) => self.session.answer_call(call.reply, Ok(&value)),
            Err(error) => {
                log::info!("{}: {:?}: {error}", self.peer, call.procedure);
                let status = status_of(&*error, code::CALL_FAILED);
                self.session.answer_call(call.reply, Err(&status));
            }
        }
    }

    fn refuse_call(&mut self, call: &Call) {
        let name = &call.procedure;
        log::info!("{}: called {name:?}, for which there is no handler", self.peer);
        let status = Status::error(code::CALL_FAILED, format!("There is no procedure {name:?}."));
        self.session.answer_call(call.reply, Err(&status));
    }

    /// What is playing, or has come to its end by itself: players seek back from there.
    fn played(&self, stream: MessageStreamId) -> Option<Arc<ServerStream>> {
        let playback = self.streams.get(&stream)?;
        (playback.is_playing() || playback.has_completed()).then(|| Arc::clone(playback))
    }

    pub(crate) fn playing(&self, stream: MessageStreamId) -> Option<Arc<ServerStream>> {
        self.streams.get(&stream).filter(|playback| playback.is_playing()).cloned()
    }

    fn with(&self, stream: MessageStreamId, act: impl FnOnce(&ServerStream)) {
        if let Some(playback) = self.streams.get(&stream) {
            act(playback);
        }
    }
}

/// Asks a handler that is optional: without one, the answer is yes.
pub(crate) fn ask<T: ?Sized>(
    slot: &Slot<T>,
    question: impl FnOnce(&mut T) -> HandlerResult,
) -> HandlerResult {
    slot.get().map_or(Ok(true), |handler| question(&mut *lock(&handler)))
}

/// What a client is told of a handler's error.
pub(crate) fn status_of(error: &(dyn std::error::Error + 'static), code: &'static str) -> Status {
    error.downcast_ref::<Refusal>().map_or_else(
        || Status::error(code, error.to_string()),
        |refusal| Status::error(refusal.code().to_owned(), refusal.description()),
    )
}
