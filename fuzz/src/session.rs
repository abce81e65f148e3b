//! A server's session. The first byte decides how the others are cut, and the second how the driver
//! answers. The lowest bit of the third decides whether a handshake comes before the rest.
//!
//! - The way the bytes are cut changes neither the events, nor the output, nor the error.
//! - There are no more streams than the limit allows, and media arrive on streams only.
//! - The output is chunks that can be read, and in proportion to the input.
//! - The deadline lies ahead, and nothing happens before it. A silent peer is given up after a few
//!   deadlines.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rendercast::protocol::MessageStreamId;
use rendercast::protocol::chunk::{self, Limits};
use rendercast::protocol::message::Status;
use rendercast::protocol::server_session::{Config, Error, Event, PlayStart, ServerSession};

use super::conversation::{HANDSHAKE_BYTES, assert_same, behind_a_handshake};
use super::pieces::pieces;

const STREAMS: usize = 3;
const PING_INTERVAL: Duration = Duration::from_secs(30);
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

pub fn run(bytes: &[u8]) {
    let &[cut, answers, starts, ref bytes @ ..] = bytes else { return };
    let bytes = if starts & 1 == 0 { behind_a_handshake(bytes) } else { bytes.to_vec() };
    let now = Instant::now();
    let whole = Conversation::hold(now, answers, &[&bytes]);
    let in_pieces = Conversation::hold(now, answers, &pieces(&bytes, cut));
    assert_same(&whole.events, &in_pieces.events);
    assert_eq!(whole.output, in_pieces.output);
    assert_eq!(whole.error, in_pieces.error);
    whole.assert_output_sound(bytes.len());
    if whole.error.is_none() {
        assert_patience_ends(whole.session, now);
    }
}

struct Conversation {
    session: ServerSession,
    answers: u8,
    streams: BTreeSet<MessageStreamId>,
    events: Vec<Event>,
    output: Vec<u8>,
    error: Option<Error>,
}

impl Conversation {
    fn hold(now: Instant, answers: u8, pieces: &[&[u8]]) -> Self {
        let limits = Limits::new().message_bytes(4_096).partial_bytes(6_000).chunk_streams(8);
        let chunk = if answers & 1 == 0 { Limits::default() } else { limits };
        let config = Config::default()
            .chunk(chunk)
            .streams(STREAMS)
            .ping_interval(PING_INTERVAL)
            .idle_timeout(IDLE_TIMEOUT);
        let mut conversation = Self {
            session: ServerSession::new(config, [9; 32], now),
            answers,
            streams: BTreeSet::new(),
            events: Vec::new(),
            output: Vec::new(),
            error: None,
        };
        let mut fed = 0;
        for piece in pieces {
            if !conversation.hear(now, piece) {
                return conversation;
            }
            fed += piece.len();
            assert_eq!(conversation.session.bytes_received(), fed as u64);
        }
        conversation
    }

    /// Returns false once the session is over.
    fn hear(&mut self, now: Instant, mut piece: &[u8]) -> bool {
        loop {
            let read = self.session.read(now, &mut piece);
            if let Ok(Some(event)) = &read {
                self.note(event);
                self.answer(event);
            }
            self.output.extend(self.session.take_output());
            match read {
                Ok(Some(event)) => self.events.push(event),
                Ok(None) => break,
                Err(error) => {
                    self.error = Some(error);
                    return false;
                }
            }
            assert_deadline_ahead(&self.session, now);
        }
        assert!(piece.is_empty(), "all is consumed");
        true
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::CreateStream(request) => {
                assert!(self.streams.insert(request.stream), "an id is given once");
                assert!(self.streams.len() <= STREAMS);
            }
            Event::DeleteStream(stream) => assert!(self.streams.remove(stream)),
            Event::Media(message) => {
                assert!(self.streams.contains(&message.message_stream_id), "media on no stream");
            }
            Event::BufferLength { stream, .. } | Event::Seek { stream, .. } => {
                assert!(self.streams.contains(stream));
            }
            Event::Play(play) => assert!(self.streams.contains(&play.stream)),
            _ => {}
        }
    }

    fn answer(&mut self, event: &Event) {
        let refuses = |bit: u8| self.answers & bit != 0;
        let refusal = || Status::error("NetStream.Play.Failed", "no");
        let session = &mut self.session;
        match event {
            Event::Connect(_) if refuses(2) => session.refuse_connect("no"),
            Event::Connect(_) => session.accept_connect(),
            Event::CreateStream(request) if refuses(4) => {
                self.streams.remove(&request.stream);
                session.refuse_create_stream(request.clone(), "no");
            }
            Event::CreateStream(request) => session.accept_create_stream(request.clone()),
            Event::Play(play) if refuses(8) => session.refuse_play(play.stream, &refusal()),
            Event::Play(play) => {
                let start = PlayStart { name: &play.name, recorded: true, reset: play.reset };
                session.start_play(play.stream, start);
            }
            Event::Publish(publish) => session.start_publish(publish.stream, &publish.name),
            Event::Pause { stream, paused, .. } => session.notify_pause(*stream, *paused, "sea"),
            Event::Seek { stream, position } => session.notify_seek(*stream, position.0),
            Event::Call(call) if refuses(16) => session.answer_call(call.reply, Err(&refusal())),
            Event::Call(call) => {
                session.answer_by_default(call);
            }
            _ => {}
        }
    }

    fn assert_output_sound(&self, input_bytes: usize) {
        // The longest answers are those to play: some 700 bytes, and the name several times, whose
        // bytes triple if they are not UTF-8. The shortest request with such answers has the bytes
        // of a chunk's header and a command of two letters.
        let most = HANDSHAKE_BYTES + 16 * input_bytes + 1_024 * (1 + input_bytes / 9);
        assert!(self.output.len() <= most, "{} bytes for {input_bytes}", self.output.len());
        let Some(mut chunks) = self.output.get(HANDSHAKE_BYTES..) else {
            assert!(self.output.is_empty(), "half a handshake");
            return;
        };
        let mut reader = chunk::Reader::new(Limits::default());
        while reader.read(&mut chunks).expect("chunks of ours can be read").is_some() {}
        assert_eq!(reader.partial_bytes(), 0, "half a message");
    }
}

fn assert_deadline_ahead(session: &ServerSession, now: Instant) {
    assert!(session.deadline() > now && session.deadline() <= now + PING_INTERVAL);
}

fn assert_patience_ends(mut session: ServerSession, now: Instant) {
    let mut time = now;
    for _ in 0..8 {
        assert_eq!(session.handle_timeout(time), Ok(()), "too early");
        assert!(session.take_output().is_empty(), "too early");
        assert!(session.deadline() > time, "time goes on");
        time = session.deadline();
        if session.handle_timeout(time).is_err() {
            assert!(time - now <= IDLE_TIMEOUT + PING_INTERVAL);
            return;
        }
        assert!(!session.take_output().is_empty(), "a ping");
    }
    panic!("the peer is never given up");
}
