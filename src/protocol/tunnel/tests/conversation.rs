//! A player and a server at the two ends of a tunnel, in virtual time.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::protocol::PlayFrom;
use crate::protocol::client_session::{self, ClientSession};
use crate::protocol::http::{Limits, Request, RequestReader};
use crate::protocol::server_session::{Config as SessionConfig, Event, PlayStart, ServerSession};
use crate::protocol::tunnel::{
    Answer, Command, Config, Exchange, PendingRequest, Read, Step, TunnelId, answer,
};

const ID: TunnelId = TunnelId::new([0x5a; 16]);

/// How long ffmpeg waits after an empty answer before it asks again.
const REST: Duration = Duration::from_millis(50);

/// The player's end. It sends one request at a time.
struct Player {
    session: ClientSession,
    next: u32,
    requests: RequestReader,
    polls: u32,
}

/// The server's end.
struct Host {
    session: ServerSession,
    exchange: Exchange,
    has_played: bool,
}

impl Player {
    fn new() -> Self {
        let config = client_session::Config::new("live", "rtmpt://localhost/live");
        let requests = RequestReader::new(Limits::default());
        Self { session: ClientSession::new(config, [1; 32]), next: 0, requests, polls: 0 }
    }

    /// Makes the next request, as the server reads it.
    fn ask(&mut self) -> Request {
        let body = self.session.take_output();
        let (word, body) = if body.is_empty() { ("idle", vec![0]) } else { ("send", body) };
        let head = format!(
            "POST /{word}/{ID}/{} HTTP/1.1\r\nContent-Length: {}\r\n\r\n",
            self.next,
            body.len()
        );
        self.next += 1;
        self.polls += 1;
        let bytes = [head.into_bytes(), body].concat();
        self.requests.read(&mut &*bytes).expect("HTTP").expect("a whole request")
    }

    /// Reads the bytes of an answer. Returns whether there was no RTMP in it.
    fn take(&mut self, now: Instant, answer: &Answer) -> bool {
        let mut bytes = answer::head(answer, false);
        let body = bytes.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 5;
        answer.parts.iter().for_each(|part| bytes.extend_from_slice(part));
        let mut input = &bytes[body..];
        let is_empty = input.is_empty();
        while let Some(event) = self.session.read(now, &mut input).expect("RTMP") {
            match event {
                client_session::Event::Connected { .. } => self.session.create_stream(now),
                client_session::Event::StreamCreated(stream) => {
                    self.session.play(now, stream, "film", PlayFrom::Any);
                }
                _ => {}
            }
        }
        is_empty
    }
}

impl Host {
    fn new(now: Instant) -> Self {
        let session = ServerSession::new(SessionConfig::default(), [2; 32], now);
        Self { session, exchange: Exchange::new(Config::default()), has_played: false }
    }

    /// Reads and answers all there is.
    fn converse(&mut self, now: Instant) {
        let mut buffer = [0; 1000];
        while let Read::Bytes(length) = self.exchange.read(now, &mut buffer) {
            let mut input = &buffer[..length];
            while let Some(event) = self.session.read(now, &mut input).expect("RTMP") {
                match event {
                    Event::Connect(_) => self.session.accept_connect(),
                    Event::CreateStream(request) => self.session.accept_create_stream(request),
                    Event::Play(play) => {
                        let start = PlayStart { name: &play.name, recorded: true, reset: true };
                        self.session.start_play(play.stream, start);
                        self.has_played = true;
                    }
                    _ => {}
                }
            }
        }
        let output = self.session.take_output();
        if !output.is_empty() {
            assert_eq!(self.exchange.write(&[Bytes::from(output.clone())]), output.len());
        }
    }
}

/// Lets the player ask until it plays. It asks again for the answers whose numbers `is_lost` names.
/// Returns how many requests that took, and how long.
fn play(is_lost: impl Fn(u32) -> bool) -> (u32, Duration) {
    let start = Instant::now();
    let mut now = start;
    let (mut player, mut host) = (Player::new(), Host::new(now));
    while !host.has_played {
        let request = player.ask();
        let number = player.next - 1;
        let mut answer = ask(&mut host, &request, &mut now);
        if is_lost(number) {
            answer = ask(&mut host, &request, &mut now);
        }
        if player.take(now, &answer) {
            now += REST;
        }
        assert!(player.polls < 100, "it does not get to play");
    }
    (player.polls, now - start)
}

fn ask(host: &mut Host, request: &Request, now: &mut Instant) -> Answer {
    let command = Command::parse(request.head.method(), request.head.path());
    let command = command.expect("RTMPT").expect("RTMPT");
    let pending = PendingRequest::new(command, request.body.clone(), *now);
    let mut pending = pending.expect("a request for a tunnel");
    // What it brings is answered at once. If there is no answer, the hold must pass.
    let mut step = host.exchange.serve(*now, &mut pending);
    host.converse(*now);
    while let Step::Wait(until) = step {
        step = host.exchange.serve(*now, &mut pending);
        if matches!(step, Step::Wait(_)) {
            *now = until;
        }
    }
    match step {
        Step::Answer(answer) => (*answer).clone(),
        other => panic!("an answer, not {other:?}"),
    }
}

#[test]
fn a_player_gets_to_play_without_waiting() {
    let (requests, took) = play(|_| false);
    // Handshake, connect, createStream, play: each is answered at once.
    assert!(requests <= 6, "{requests} requests");
    assert_eq!(took, Duration::ZERO);
}

#[test]
fn answers_that_get_lost_are_fetched_again() {
    let (requests, _) = play(|_| true);
    assert_eq!(requests, play(|_| false).0);
    assert_eq!(play(|number| number % 2 == 1).0, requests);
}
