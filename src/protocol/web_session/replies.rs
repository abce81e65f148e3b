//! Turns the driver's answers into responses and texts.

use super::opening::{ImageType, Kind};
use super::session::{PendingKind, Phase, WebSession};
use super::text;
use crate::protocol::amf::{Object, Value};
use crate::protocol::buffers::brief_list;
use crate::protocol::http::{Status as HttpStatus, response};
use crate::protocol::message::Status;
use crate::protocol::message::status::code;
use crate::protocol::server_session::{CallReply, CreateStream, PlayStart};
use crate::protocol::websocket::CloseCode;

/// What stands between the pictures of a response.
const BOUNDARY: &str = "picture";

/// What follows a picture: the boundary at once, as browsers show a picture once its part has
/// ended.
pub const PART_END: &[u8] = b"\r\n--picture\r\n";

/// Returns what precedes a picture of so many bytes.
#[must_use]
pub fn part_head(image_type: ImageType, length: usize) -> String {
    let content_type = image_type.content_type();
    format!("Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n")
}

impl WebSession {
    /// Accepts [`Event::Connect`](crate::protocol::server_session::Event::Connect). A client that
    /// names no stream gets its WebSocket now.
    pub fn accept_connect(&mut self) {
        if self.phase != Phase::Connecting {
            return;
        }
        if self.is_for_one_play() {
            self.phase = Phase::Creating;
            return;
        }
        self.open();
        self.reads_texts = true;
        self.push_text(&text::connected());
    }

    /// Refuses [`Event::Connect`](crate::protocol::server_session::Event::Connect).
    ///
    /// The scripts of a page cannot read the response to a refused upgrade. So a WebSocket that
    /// reads texts is opened, told why, and closed.
    pub fn refuse_connect(&mut self, description: &str) {
        if self.is_for_one_play() {
            return self.refuse_opening(HttpStatus::Forbidden, description);
        }
        self.open();
        self.reads_texts = true;
        self.send_status(&Status::error(code::CONNECT_REJECTED, description));
        self.close(CloseCode::REFUSED, description);
        self.phase = Phase::Refused(description.to_owned());
    }

    /// Accepts [`Event::CreateStream`](crate::protocol::server_session::Event::CreateStream).
    pub fn accept_create_stream(&mut self, _request: CreateStream) {
        self.has_stream = true;
    }

    /// Refuses [`Event::CreateStream`](crate::protocol::server_session::Event::CreateStream).
    pub fn refuse_create_stream(&mut self, _request: CreateStream, description: &str) {
        if self.phase == Phase::Creating {
            return self.refuse_opening(HttpStatus::Forbidden, description);
        }
        self.drop_events();
        self.refuse_pending(&Status::error(code::CALL_FAILED, description));
    }

    /// Tells the client that its playback starts.
    pub fn start_play(&mut self, start: PlayStart<'_>) {
        if self.phase == Phase::Starting {
            self.open();
        }
        let result = Object::with_capacity(1).with("recorded", start.recorded);
        self.answer(PendingKind::Play, result.into());
        if self.takes_texts() {
            let description = format!("Started playing {}.", start.name);
            self.send_status(&Status::new(code::PLAY_START, description));
        }
    }

    /// Tells the client that it cannot play.
    pub fn refuse_play(&mut self, status: &Status) {
        if self.phase == Phase::Starting {
            let http_status = match status.code.as_ref() {
                code::PLAY_STREAM_NOT_FOUND => HttpStatus::NotFound,
                _ => HttpStatus::Forbidden,
            };
            return self.refuse_opening(http_status, &status.description);
        }
        self.refuse_pending(status);
    }

    /// Sends the head of a response whose body is a picture of `length` bytes. Returns whether the
    /// driver must send the picture behind it. Nothing follows then.
    pub fn grant_picture(&mut self, image_type: ImageType, length: usize) -> bool {
        let mut fields = vec![("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")];
        fields.extend(self.opening.fields.iter().map(|(name, value)| (*name, value.as_str())));
        let content_type = image_type.content_type();
        let head = response::head(HttpStatus::Ok, content_type, length, &fields, true);
        self.push_head(head);
        self.phase = Phase::Closed;
        self.has_body()
    }

    /// Sends the head of a response whose body is one picture after the other. Returns whether the
    /// driver must send them, each between [`part_head`] and [`PART_END`].
    pub fn grant_moving_picture(&mut self) -> bool {
        let content_type = format!("multipart/x-mixed-replace; boundary={BOUNDARY}");
        let mut fields = vec![
            ("Content-Type", content_type.as_str()),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Accel-Buffering", "no"),
            ("Connection", "close"),
        ];
        fields.extend(self.opening.fields.iter().map(|(name, value)| (*name, value.as_str())));
        self.output.extend_from_slice(response::open_head(HttpStatus::Ok, &fields).as_bytes());
        self.phase = Phase::Closed;
        if self.has_body() {
            self.output.extend_from_slice(format!("--{BOUNDARY}\r\n").as_bytes());
        }
        self.has_body()
    }

    /// Tells the client that there is no picture.
    pub fn refuse_picture(&mut self, status: HttpStatus, description: &str) {
        self.refuse_opening(status, description);
    }

    fn has_body(&self) -> bool {
        !matches!(self.opening.kind, Kind::Picture { has_body: false, .. })
    }

    /// Tells the client that playback is paused or resumed.
    pub fn notify_pause(&mut self, paused: bool, name: &str) {
        self.answer(PendingKind::Pause, true.into());
        self.send_status(&if paused {
            Status::new(code::PAUSE_NOTIFY, format!("Paused {name}."))
        } else {
            Status::new(code::UNPAUSE_NOTIFY, format!("Unpaused {name}."))
        });
    }

    /// Tells the client that later media starts at another position, in milliseconds.
    pub fn notify_seek(&mut self, position_ms: u32) {
        let is_asked = self.pending.is_some_and(|pending| pending.kind == PendingKind::Seek);
        if is_asked {
            self.answer(PendingKind::Seek, position_ms.into());
            let description = format!("Seeking to {position_ms} ms.");
            self.send_status(&Status::new(code::SEEK_NOTIFY, description));
        }
    }

    /// Reports a status.
    pub fn send_status(&mut self, status: &Status) {
        if self.takes_texts() {
            self.push_text(&text::status(&status.info()));
        }
    }

    /// Answers a call. Sends nothing if the client wants no answer.
    pub fn answer_call(&mut self, call: CallReply, result: Result<&Value, &Status>) {
        if !call.is_wanted() {
            return;
        }
        let text = match result {
            Ok(value) => text::result(call.transaction_id, value.clone()),
            Err(status) => text::error(call.transaction_id, status),
        };
        self.push_text(&text);
    }

    /// Answers a request that the driver has left unanswered.
    pub(super) fn answer_pending(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        let result = match pending.kind {
            // The play joins what is playing.
            PendingKind::Play => Object::new().with("joined", true).into(),
            PendingKind::Pause | PendingKind::Seek => Value::Boolean(false),
            PendingKind::Stop => Value::Boolean(true),
        };
        if pending.id != 0.0 {
            self.push_text(&text::result(pending.id, result));
        }
    }

    fn answer(&mut self, kind: PendingKind, result: Value) {
        let Some(pending) = self.pending.take_if(|pending| pending.kind == kind) else { return };
        if pending.id != 0.0 {
            self.push_text(&text::result(pending.id, result));
        }
    }

    fn refuse_pending(&mut self, status: &Status) {
        match self.pending.take() {
            Some(pending) if pending.id != 0.0 => self.push_text(&text::error(pending.id, status)),
            _ => self.send_status(status),
        }
    }

    /// Sends the head of the response that media or frames follow.
    fn open(&mut self) {
        let mut fields: Vec<(&str, &str)> = brief_list(0);
        match &self.opening.kind {
            Kind::WebSocket { accept } => fields.extend([
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Accept", accept),
            ]),
            Kind::Http { is_chunked } => {
                fields.extend([
                    ("Content-Type", "video/x-flv"),
                    ("Cache-Control", "no-store"),
                    ("X-Content-Type-Options", "nosniff"),
                    // nginx must not wait for a full buffer.
                    ("X-Accel-Buffering", "no"),
                    ("Connection", "close"),
                ]);
                if *is_chunked {
                    fields.push(("Transfer-Encoding", "chunked"));
                }
            }
            // It has a head of its own.
            Kind::Picture { .. } => return,
        }
        fields.extend(self.opening.fields.iter().map(|(name, value)| (*name, value.as_str())));
        let status =
            if self.is_websocket() { HttpStatus::SwitchingProtocols } else { HttpStatus::Ok };
        let head = response::open_head(status, &fields);
        self.push_head(head);
        if let Kind::WebSocket { accept } = &mut self.opening.kind {
            *accept = String::new();
        }
        self.opening.fields = Vec::new();
        self.phase = Phase::Open;
    }

    /// Answers the request with an error, after which the connection ends.
    fn refuse_opening(&mut self, status: HttpStatus, description: &str) {
        let mut fields = vec![("X-Content-Type-Options", "nosniff")];
        fields.extend(self.opening.fields.iter().map(|(name, value)| (*name, value.as_str())));
        let line = format!("{}\n", one_line(description));
        let head = response::head(status, "text/plain", line.len(), &fields, true);
        self.output.extend_from_slice(head.as_bytes());
        if self.has_body() {
            self.output.extend_from_slice(line.as_bytes());
        }
        self.phase = Phase::Refused(description.to_owned());
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
