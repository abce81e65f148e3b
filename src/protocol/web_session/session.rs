//! The state of a browser's connection, its deadlines, and how it is read.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::opening::{ImageType, Kind, Opening};
use super::request::{self, PlayRequest, Request};
use super::{Error, text};
use crate::protocol::amf::{Object, Value};
use crate::protocol::deadline::after;
use crate::protocol::message::Status;
use crate::protocol::server_session::{
    Call, CallReply, Config, Connect, CreateStream, Event, Keepalive, Play,
};
use crate::protocol::websocket::{self, CloseCode, FrameReader, Opcode, Received};
use crate::protocol::{MessageStreamId, Timestamp};

/// The only stream of a session.
pub(super) const STREAM: MessageStreamId = MessageStreamId(1);

/// How long the client of an HTTP response may say nothing: it has nothing to say.
const SILENCE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The server's side of a browser's connection. [The module](super) tells how to drive it.
#[derive(Debug)]
pub struct WebSession {
    config: Arc<Config>,
    pub(super) opening: Opening,
    pub(super) phase: Phase,
    reader: FrameReader,
    keepalive: Keepalive,
    /// Events that one text of the client stands for.
    events: VecDeque<Event>,
    pub(super) has_stream: bool,
    /// The request that the driver answers now.
    pub(super) pending: Option<Pending>,
    /// Whether the client reads texts. A player that knows only FLV takes a text for an error.
    pub(super) reads_texts: bool,
    pub(super) output: Vec<u8>,
    bytes_received: u64,
    messages_received: u64,
}

/// How far a session has come.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    /// Nothing has been reported.
    New,
    /// The driver was told of the connect.
    Connecting,
    /// The connect was accepted, and a stream was asked for.
    Creating,
    /// The stream is there, and a play was asked for.
    Starting,
    /// The client is connected. Media may follow.
    Open,
    /// The client was told that it gets nothing.
    Refused(String),
    /// A close was sent, which is the last thing.
    Closed,
}

/// A request of the client that waits for the driver's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pending {
    pub(super) id: f64,
    pub(super) kind: PendingKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PendingKind {
    Play,
    Pause,
    Seek,
    Stop,
}

impl WebSession {
    /// Creates a session of a request that has been read. `max_message` is the length of the
    /// longest text of the client, in bytes.
    #[must_use]
    pub fn new(opening: Opening, config: Arc<Config>, max_message: usize, now: Instant) -> Self {
        Self {
            keepalive: Keepalive::new(Arc::clone(&config), now),
            config,
            reads_texts: false,
            opening,
            phase: Phase::New,
            reader: FrameReader::new(max_message),
            events: VecDeque::new(),
            has_stream: false,
            pending: None,
            output: Vec::new(),
            bytes_received: 0,
            messages_received: 0,
        }
    }

    /// Reads from `input`, and advances it, up to the next event. Returns `None` once all of
    /// `input` is consumed. The first events need no input.
    ///
    /// # Errors
    /// Says why the connection must be closed. Send the output before you close it, if you can.
    pub fn read(&mut self, now: Instant, input: &mut &[u8]) -> Result<Option<Event>, Error> {
        // A text may stand for several events, of which the last one is the request.
        if self.events.is_empty() {
            self.answer_pending();
        }
        if !input.is_empty() {
            self.keepalive.heard(now);
        }
        if let Some(event) = self.next_of_opening()? {
            return Ok(Some(event));
        }
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if !self.read_message(input)? {
                return Ok(None);
            }
        }
    }

    /// Returns when to call [`Self::handle_timeout`].
    #[must_use]
    pub fn deadline(&self) -> Instant {
        match self.opening.kind {
            Kind::Http { .. } | Kind::Picture { .. } => after(self.keepalive.last_heard(), SILENCE),
            Kind::WebSocket { .. } => self.keepalive.deadline(),
        }
    }

    /// Pings the client, or gives it up, if it is time for either. An early call does nothing.
    ///
    /// # Errors
    /// Returns [`Error::Timeout`] if the client was silent for too long.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        if !self.is_websocket() {
            return Ok(());
        }
        match self.keepalive.is_ping_due(now) {
            Ok(true) => {
                let _time = self.keepalive.ping(now);
                websocket::write_head(Opcode::Ping, 0, &mut self.output);
                Ok(())
            }
            Ok(false) => Ok(()),
            Err(timeout) => {
                self.close(CloseCode::POLICY, "silent for too long");
                Err(timeout.into())
            }
        }
    }

    /// Restarts the time after which a silent client is given up.
    pub fn postpone_idle(&mut self, now: Instant) {
        self.keepalive.heard(now);
    }

    /// Returns the bytes to send and forgets them. Empty if there are none.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Returns how many bytes [`Self::take_output`] would return.
    #[must_use]
    pub const fn output_bytes(&self) -> usize {
        self.output.len()
    }

    /// Returns how many bytes of an unfinished message have arrived.
    #[must_use]
    pub const fn partial_bytes(&self) -> usize {
        self.reader.partial_bytes()
    }

    /// Returns how many bytes were read after the request.
    #[must_use]
    pub const fn bytes_received(&self) -> u64 {
        self.bytes_received
    }

    /// Returns how many messages were read.
    #[must_use]
    pub const fn messages_received(&self) -> u64 {
        self.messages_received
    }

    /// Returns whether the client speaks WebSocket.
    #[must_use]
    pub const fn is_websocket(&self) -> bool {
        matches!(self.opening.kind, Kind::WebSocket { .. })
    }

    /// Returns whether the body of the response is in chunks.
    #[must_use]
    pub const fn is_chunked(&self) -> bool {
        matches!(self.opening.kind, Kind::Http { is_chunked: true })
    }

    /// Returns whether the connection is for one play, and ends with it.
    #[must_use]
    pub const fn is_for_one_play(&self) -> bool {
        self.opening.stream.is_some()
    }

    /// Returns the type of the picture that the client wants instead of a play.
    #[must_use]
    pub const fn picture(&self) -> Option<ImageType> {
        match self.opening.kind {
            Kind::Picture { image_type, .. } => Some(image_type),
            Kind::Http { .. } | Kind::WebSocket { .. } => None,
        }
    }

    /// Returns whether the client wants one picture after the other.
    #[must_use]
    pub const fn has_moving_picture(&self) -> bool {
        matches!(self.opening.kind, Kind::Picture { is_moving: true, .. })
    }

    /// Returns the query of the stream that the request names, or an empty text.
    #[must_use]
    pub fn stream_query(&self) -> &str {
        let stream = self.opening.stream.as_deref().unwrap_or_default();
        stream.split_once('?').map_or("", |(_, query)| query)
    }

    /// Closes a WebSocket. Does nothing if it is closed, or was never opened.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        if self.is_websocket() && self.phase == Phase::Open {
            websocket::write_close(code, reason, &mut self.output);
            self.phase = Phase::Closed;
        }
    }

    pub(super) fn push_text(&mut self, text: &str) {
        if self.takes_texts() {
            websocket::write_text(text, &mut self.output);
        }
    }

    /// Returns whether the client can be told anything. A text for one that cannot need not be
    /// made.
    pub(super) fn takes_texts(&self) -> bool {
        self.reads_texts && self.phase == Phase::Open
    }

    /// Appends the head of a response to the output.
    pub(super) fn push_head(&mut self, head: String) {
        if self.output.is_empty() {
            self.output = head.into_bytes();
        } else {
            self.output.extend_from_slice(head.as_bytes());
        }
    }

    /// Returns what the request itself asks for.
    fn next_of_opening(&mut self) -> Result<Option<Event>, Error> {
        let (phase, event) = match &self.phase {
            Phase::New => (Phase::Connecting, self.connect()),
            Phase::Creating if self.has_stream => (Phase::Starting, self.first_play()),
            Phase::Creating => (Phase::Creating, create_stream()),
            Phase::Refused(reason) => return Err(Error::Refused(reason.clone())),
            Phase::Closed => return Err(Error::Closed),
            Phase::Connecting | Phase::Starting | Phase::Open => return Ok(None),
        };
        self.phase = phase;
        Ok(Some(event))
    }

    fn connect(&mut self) -> Event {
        let properties = std::mem::take(&mut self.opening.properties);
        Event::Connect(Connect { command_object: properties.into(), arguments: Vec::new() })
    }

    fn first_play(&self) -> Event {
        let name = self.opening.stream.clone().unwrap_or_default();
        let play = request::play(&Object::new(), &name);
        Event::Play(of_stream(play))
    }

    /// Reads one message. Returns `false` if all of `input` is consumed.
    fn read_message(&mut self, input: &mut &[u8]) -> Result<bool, Error> {
        let before = input.len();
        if !self.is_websocket() {
            // A client of HTTP may send its next request, which this connection never answers.
            *input = &[];
            self.count(before);
            return Ok(false);
        }
        let received = self.reader.read(input);
        self.count(before.saturating_sub(input.len()));
        let received = received.inspect_err(|error| {
            self.close(error.close_code(), &error.to_string());
        })?;
        let Some(received) = received else { return Ok(false) };
        self.messages_received = self.messages_received.saturating_add(1);
        match received {
            Received::Text(text) => self.read_text(&text),
            Received::Ping(payload) => {
                websocket::write_head(Opcode::Pong, payload.len(), &mut self.output);
                self.output.extend_from_slice(&payload);
            }
            Received::Pong => {}
            Received::Binary(_) => {
                self.close(CloseCode::UNSUPPORTED, "bytes have no meaning here");
                return Err(Error::Binary);
            }
            Received::Close(_) => {
                self.close(CloseCode::NORMAL, "");
                return Err(Error::Closed);
            }
        }
        Ok(true)
    }

    fn count(&mut self, bytes: usize) {
        self.bytes_received = self.bytes_received.saturating_add(bytes as u64);
    }

    fn read_text(&mut self, text: &str) {
        self.reads_texts = true;
        if text.len() > self.config.amf.bytes {
            return self.push_text(&text::fault("The message is too long."));
        }
        match request::parse(text, self.config.amf) {
            Ok(request) => self.take(request),
            Err(fault) => self.push_text(&text::fault(&fault)),
        }
    }

    fn take(&mut self, request: Request) {
        let event = match request {
            Request::Call { id, procedure, arguments } => Event::Call(Call {
                procedure,
                command_object: Value::Null,
                arguments,
                reply: CallReply { transaction_id: id },
            }),
            Request::Answer { id, result } => Event::CallResult { transaction_id: id, result },
            Request::Play { id, play } => return self.take_play(id, play),
            Request::Pause { id, paused } => {
                self.pending = Some(Pending { id, kind: PendingKind::Pause });
                Event::Pause { stream: STREAM, paused, position: Timestamp(0) }
            }
            Request::Seek { id, position } => {
                self.pending = Some(Pending { id, kind: PendingKind::Seek });
                Event::Seek { stream: STREAM, position }
            }
            Request::Stop { id } => {
                self.pending = Some(Pending { id, kind: PendingKind::Stop });
                Event::CloseStream(STREAM)
            }
            Request::Buffer { milliseconds } => {
                Event::BufferLength { stream: STREAM, milliseconds }
            }
            Request::Receive { audio, video } => {
                let audio = audio.map(|on| Event::ReceiveAudio { stream: STREAM, on });
                let video = video.map(|on| Event::ReceiveVideo { stream: STREAM, on });
                return self.events.extend([audio, video].into_iter().flatten());
            }
        };
        self.events.push_back(event);
    }

    /// A client of a WebSocket gets its stream with the first play.
    fn take_play(&mut self, id: f64, play: PlayRequest) {
        if let Some(fault) = self.config.fault_of_name(&play.name) {
            return self.push_text(&text::bad_name(id, fault));
        }
        self.pending = Some(Pending { id, kind: PendingKind::Play });
        if !self.has_stream {
            self.events.push_back(create_stream());
        }
        self.events.push_back(Event::Play(of_stream(play)));
    }

    /// Drops what a text of the client stands for beyond the event that was refused.
    pub(super) fn drop_events(&mut self) {
        self.events.clear();
    }
}

/// Returns a call of a procedure of the client as a text. 0 asks for no answer.
#[must_use]
pub fn call_text(procedure: &str, id: u32, arguments: &[Value]) -> String {
    text::call(procedure, id, arguments)
}

/// Returns the answer to a call as a text.
#[must_use]
pub fn answer_text(id: f64, answer: Result<Value, Status>) -> String {
    match answer {
        Ok(value) => text::result(id, value),
        Err(status) => text::error(id, &status),
    }
}

fn create_stream() -> Event {
    Event::CreateStream(CreateStream {
        stream: STREAM,
        command_object: Value::Null,
        arguments: Vec::new(),
        transaction_id: 0.0,
    })
}

fn of_stream(play: PlayRequest) -> Play {
    let PlayRequest { name, from, duration, reset } = play;
    Play { stream: STREAM, name, from, duration, reset }
}
