//! A player's session against a server. The first byte decides how the others are cut. The lowest
//! bit of the second decides whether a handshake comes before them.
//!
//! - The way the bytes are cut changes neither the events, nor the error, nor the output.
//! - The output is chunks that can be read.
//! - An unanswered request has a deadline, and fails at it.

use std::time::Instant;

use rendercast::protocol::PlayFrom;
use rendercast::protocol::chunk::{self, Limits};
use rendercast::protocol::client_session::{ClientSession, Config, Error, Event};

use super::conversation::{HANDSHAKE_BYTES, assert_same, behind_a_handshake};
use super::pieces::pieces;

pub fn run(bytes: &[u8]) {
    let &[cut, starts, ref bytes @ ..] = bytes else { return };
    let bytes = if starts & 1 == 0 { behind_a_handshake(bytes) } else { bytes.to_vec() };
    let now = Instant::now();
    let whole = Conversation::hold(now, &[&bytes]);
    let in_pieces = Conversation::hold(now, &pieces(&bytes, cut));
    assert_same(&whole.events, &in_pieces.events);
    assert_eq!(format!("{:?}", whole.error), format!("{:?}", in_pieces.error));
    assert_eq!(whole.output, in_pieces.output);
    whole.assert_output_sound();
    whole.assert_deadline_kept(now);
}

struct Conversation {
    session: ClientSession,
    events: Vec<Event>,
    output: Vec<u8>,
    error: Option<Error>,
}

impl Conversation {
    fn hold(now: Instant, pieces: &[&[u8]]) -> Self {
        let mut session = ClientSession::new(Config::new("live", "rtmp://localhost/live"), [9; 32]);
        // The client sends first, even to a server that sends nothing.
        let output = session.take_output();
        let mut conversation = Self { session, events: Vec::new(), output, error: None };
        for piece in pieces {
            if !conversation.hear(now, piece) {
                break;
            }
        }
        conversation
    }

    /// Returns false once the session is over.
    fn hear(&mut self, now: Instant, mut piece: &[u8]) -> bool {
        loop {
            let read = self.session.read(now, &mut piece);
            if let Ok(Some(event)) = &read {
                self.act(now, event);
            }
            self.output.extend(self.session.take_output());
            match read {
                Ok(Some(event)) => self.events.push(event),
                Ok(None) => break,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    self.error = Some(error);
                    return false;
                }
            }
        }
        assert!(piece.is_empty(), "all is consumed");
        true
    }

    /// Reacts to an event as a player does.
    fn act(&mut self, now: Instant, event: &Event) {
        let session = &mut self.session;
        match event {
            Event::Connected { .. } => session.create_stream(now),
            Event::StreamCreated(stream) => {
                session.play(now, *stream, "sea", PlayFrom::Any);
                session.set_buffer_length(*stream, 3_000);
            }
            Event::StreamBegin(_) => {
                session.call(now, "echo", &[]).expect("a short call");
            }
            Event::Call { transaction, arguments, .. } => match arguments.first() {
                Some(argument) => session.answer(*transaction, argument.clone()),
                None => session.refuse(*transaction, "no"),
            },
            Event::Status { stream, status } if status.is_error() => session.delete_stream(*stream),
            _ => {}
        }
    }

    fn assert_output_sound(&self) {
        let mut chunks = self.output.get(HANDSHAKE_BYTES..).unwrap_or_default();
        let ample = Limits::new().message_bytes(16 << 20).partial_bytes(64 << 20).chunk_streams(64);
        let mut reader = chunk::Reader::new(ample);
        while reader.read(&mut chunks).expect("chunks of ours can be read").is_some() {}
        assert_eq!(reader.partial_bytes(), 0, "half a message");
    }

    fn assert_deadline_kept(&self, now: Instant) {
        assert_eq!(self.session.handle_timeout(now), Ok(()), "too early");
        if let Some(deadline) = self.session.deadline() {
            assert!(deadline > now);
            assert!(self.session.handle_timeout(deadline).is_err(), "too late");
        }
    }
}
