//! Whose turn it is, and how long each request waits.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::protocol::tunnel::{
    Answer, Command, Config, End, Exchange, PendingRequest, Read, Refusal, Step, TunnelId,
};

const ID: TunnelId = TunnelId::new([0; 16]);

const CONFIG: Config = Config::new()
    .in_bytes(10)
    .out_bytes(10)
    .answer_bytes(7)
    .idle_hold(Duration::from_millis(30))
    .turn_timeout(Duration::from_secs(10))
    .timeout(Duration::from_secs(30));

/// A tunnel in virtual time.
struct Fixture {
    exchange: Exchange,
    now: Instant,
}

impl Fixture {
    fn new() -> Self {
        Self { exchange: Exchange::new(CONFIG), now: Instant::now() }
    }

    fn request(&self, command: Command, body: &'static str) -> PendingRequest {
        PendingRequest::new(command, body.into(), self.now).expect("a request for a tunnel")
    }

    fn idle(&self, number: u32) -> PendingRequest {
        self.request(Command::Idle(ID, number), "")
    }

    fn send(&self, number: u32, body: &'static str) -> PendingRequest {
        self.request(Command::Send(ID, number), body)
    }

    fn close(&self, number: u32) -> PendingRequest {
        self.request(Command::Close(ID, number), "")
    }

    fn serve(&mut self, request: &mut PendingRequest) -> Step {
        self.exchange.serve(self.now, request)
    }

    /// Serves a request that must not wait, and returns the bytes of RTMP in the answer.
    fn fetch(&mut self, mut request: PendingRequest) -> String {
        let step = self.serve(&mut request);
        text(&step).unwrap_or_else(|| panic!("an answer, not {step:?}"))
    }

    fn fetch_after_hold(&mut self, number: u32) -> String {
        let mut idle = self.idle(number);
        assert!(matches!(self.serve(&mut idle), Step::Wait(_)));
        self.pass(30);
        text(&self.serve(&mut idle)).expect("an answer after the hold")
    }

    fn write(&mut self, text: &'static str) -> usize {
        self.exchange.write(&[Bytes::from(text)])
    }

    fn read(&mut self) -> String {
        let mut buffer = [0; 64];
        match self.exchange.read(self.now, &mut buffer) {
            Read::Bytes(length) => String::from_utf8(buffer[..length].to_vec()).unwrap(),
            other => format!("{other:?}"),
        }
    }

    fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    fn after(&self, milliseconds: u64) -> Instant {
        self.now + Duration::from_millis(milliseconds)
    }
}

fn text(step: &Step) -> Option<String> {
    let Step::Answer(answer) = step else { return None };
    Some(answer.parts.iter().map(|part| std::str::from_utf8(part).unwrap()).collect())
}

#[test]
fn a_request_that_finds_nothing_is_held_and_then_answered_with_nothing() {
    let mut fixture = Fixture::new();
    let mut idle = fixture.idle(0);
    assert_eq!(fixture.serve(&mut idle), Step::Wait(fixture.after(30)));
    fixture.pass(29);
    assert_eq!(fixture.serve(&mut idle), Step::Wait(fixture.after(1)));
    fixture.pass(1);
    let nothing = Answer::new(vec![]);
    assert_eq!(fixture.serve(&mut idle), Step::Answer(nothing.into()));
}

/// Returns how long each of several requests in a row is held that find nothing, in milliseconds.
fn holds(fixture: &mut Fixture, numbers: std::ops::Range<u32>) -> Vec<u128> {
    let hold_of = |number| {
        let mut idle = fixture.idle(number);
        let Step::Wait(until) = fixture.serve(&mut idle) else {
            panic!("there is something to fetch")
        };
        let hold = until - fixture.now;
        fixture.now = until;
        assert!(matches!(fixture.serve(&mut idle), Step::Answer(_)));
        hold.as_millis()
    };
    numbers.map(hold_of).collect()
}

#[test]
fn a_client_that_only_asks_is_held_longer_until_it_sends_what_gets_an_answer() {
    let mut fixture = Fixture::new();
    let first = holds(&mut fixture, 0..60);
    assert_eq!((first[0], first[6], first[7], first[14], first[15]), (30, 30, 60, 60, 120));
    assert_eq!((first[23], first[31], first[59]), (240, 480, 480));

    let mut acknowledgement = fixture.send(60, "ack");
    assert_eq!(fixture.serve(&mut acknowledgement), Step::Wait(fixture.after(30)));
    fixture.now += Duration::from_millis(30);
    assert!(matches!(fixture.serve(&mut acknowledgement), Step::Answer(_)));
    assert_eq!(holds(&mut fixture, 61..62), [480], "an acknowledgement gets no answer");

    let mut pause = fixture.send(62, "pause");
    assert_eq!(fixture.serve(&mut pause), Step::Wait(fixture.after(30)));
    fixture.write("paused");
    assert!(matches!(fixture.serve(&mut pause), Step::Answer(_)));
    assert_eq!(holds(&mut fixture, 63..64), [30]);
}

#[test]
fn a_held_request_is_answered_as_soon_as_there_is_something() {
    let mut fixture = Fixture::new();
    let mut send = fixture.send(0, "connect");
    assert!(matches!(fixture.serve(&mut send), Step::Wait(_)));
    assert_eq!(fixture.read(), "connect");
    assert_eq!(fixture.write("_result"), 7);
    assert_eq!(text(&fixture.serve(&mut send)).unwrap(), "_resul");
    assert_eq!(fixture.fetch(fixture.idle(1)), "t");
}

#[test]
fn an_answer_is_as_long_as_it_may_be_and_no_longer() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.exchange.write(&["ab", "", "cde", "fgh", "ij"].map(Bytes::from)), 10);
    assert_eq!(fixture.fetch(fixture.idle(0)), "abcdef");
    assert_eq!(fixture.fetch(fixture.idle(1)), "ghij");
}

#[test]
fn a_tunnel_that_is_not_polled_takes_no_more_than_its_bound_and_a_piece() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.write("123456789"), 9);
    assert!(fixture.exchange.has_room());
    assert_eq!(fixture.write("abcdef"), 6);
    assert!(!fixture.exchange.has_room());
    assert_eq!(fixture.write("x"), 0);
    assert_eq!(fixture.fetch(fixture.idle(0)), "123456");
    assert!(fixture.exchange.has_room() && !fixture.exchange.has_much_room());
    assert_eq!(fixture.fetch(fixture.idle(1)), "789abc");
    assert!(fixture.exchange.has_much_room());
}

#[test]
fn requests_that_come_early_wait_for_their_turn() {
    let mut fixture = Fixture::new();
    let (mut second, mut third) = (fixture.send(1, "b"), fixture.send(2, "c"));
    let turn_deadline = fixture.after(10_000);
    assert_eq!(fixture.serve(&mut third), Step::Wait(turn_deadline));
    assert_eq!(fixture.serve(&mut second), Step::Wait(turn_deadline));
    assert_eq!(fixture.read(), "Nothing(None)");
    let mut first = fixture.send(0, "a");
    assert!(matches!(fixture.serve(&mut first), Step::Wait(_)));
    assert_eq!(fixture.read(), "a");
    // The next one waits, so there is no point in holding this one.
    assert_eq!(fixture.serve(&mut second), Step::Wait(turn_deadline));
    assert_eq!(text(&fixture.serve(&mut first)).unwrap(), "");
    assert!(matches!(fixture.serve(&mut second), Step::Wait(_)));
    assert_eq!(fixture.read(), "b");
    fixture.write("x");
    assert_eq!(text(&fixture.serve(&mut second)).unwrap(), "x");
    assert!(matches!(fixture.serve(&mut third), Step::Wait(_)));
    assert_eq!(fixture.read(), "c");
}

#[test]
fn a_request_is_refused_if_the_one_before_it_never_comes() {
    let mut fixture = Fixture::new();
    let mut second = fixture.send(1, "b");
    assert_eq!(fixture.serve(&mut second), Step::Wait(fixture.after(10_000)));
    fixture.pass(10_000);
    assert_eq!(fixture.serve(&mut second), Step::Refuse(Refusal::OutOfOrder));
    assert_eq!(fixture.fetch_after_hold(0), "");
}

#[test]
fn numbers_out_of_reach_are_refused_at_once() {
    let mut fixture = Fixture::new();
    fixture.write("abc");
    for number in [17, 1000, u32::MAX] {
        assert_eq!(fixture.serve(&mut fixture.idle(number)), Step::Refuse(Refusal::OutOfOrder));
    }
    for number in 0..3 {
        fixture.write("abc");
        fixture.fetch(fixture.idle(number));
    }
    for number in [0, 1] {
        assert_eq!(fixture.serve(&mut fixture.idle(number)), Step::Refuse(Refusal::OutOfOrder));
    }
}

#[test]
fn a_repeated_request_gets_its_answer_again_and_brings_nothing_twice() {
    let mut fixture = Fixture::new();
    fixture.write("abc");
    assert_eq!(fixture.fetch(fixture.send(0, "hello")), "abc");
    fixture.write("def");
    assert_eq!(fixture.fetch(fixture.send(0, "hello")), "abc");
    assert_eq!(fixture.read(), "hello");
    assert_eq!(fixture.read(), "Nothing(None)");
    assert_eq!(fixture.fetch(fixture.idle(1)), "def");
}

#[test]
fn a_request_repeated_while_it_is_held_is_answered_with_it() {
    let mut fixture = Fixture::new();
    let (mut once, mut again) = (fixture.send(0, "a"), fixture.send(0, "a"));
    assert!(matches!(fixture.serve(&mut once), Step::Wait(_)));
    assert!(matches!(fixture.serve(&mut again), Step::Wait(_)));
    fixture.write("x");
    assert!(matches!(fixture.serve(&mut again), Step::Wait(_)));
    assert_eq!(text(&fixture.serve(&mut once)).unwrap(), "x");
    assert_eq!(text(&fixture.serve(&mut again)).unwrap(), "x");
    assert_eq!(fixture.read(), "a");
}

#[test]
fn a_client_whose_bytes_are_not_read_waits_and_is_then_refused() {
    let mut fixture = Fixture::new();
    fixture.write("x");
    assert_eq!(fixture.fetch(fixture.send(0, "0123456789")), "x");
    let (mut idle, mut send) = (fixture.idle(1), fixture.send(2, "more"));
    fixture.write("y");
    assert_eq!(text(&fixture.serve(&mut idle)).unwrap(), "y", "fetching goes on");
    let turn_deadline = fixture.after(10_000);
    assert_eq!(fixture.serve(&mut send), Step::Wait(turn_deadline));
    fixture.pass(10_000);
    assert_eq!(fixture.serve(&mut send), Step::Refuse(Refusal::Unavailable));
    assert_eq!(fixture.read(), "0123456789");
    assert_eq!(fixture.read(), format!("{:?}", Read::End(End::Overrun)));
}

#[test]
fn a_close_is_answered_with_a_zero_and_ends_the_input_behind_what_was_sent() {
    let mut fixture = Fixture::new();
    fixture.write("x");
    fixture.fetch(fixture.send(0, "bye"));
    let answer = fixture.serve(&mut fixture.close(1));
    assert_eq!(answer, Step::Answer(Answer::closed().into()));
    assert_eq!(fixture.serve(&mut fixture.close(1)), answer, "also a second time");
    assert_eq!(fixture.read(), "bye");
    assert_eq!(fixture.read(), "End(Closed)");
    assert!(fixture.exchange.is_closed_to_output());
    assert_eq!(fixture.serve(&mut fixture.idle(2)), Step::Refuse(Refusal::NoSuchTunnel));
}

#[test]
fn the_last_bytes_are_fetched_after_the_end_of_the_conversation() {
    let mut fixture = Fixture::new();
    let mut idle = fixture.idle(0);
    assert!(matches!(fixture.serve(&mut idle), Step::Wait(_)));
    fixture.exchange.end_input();
    fixture.write("goodbye");
    fixture.exchange.end_output();
    assert!(fixture.exchange.has_unfetched_output());
    assert_eq!(text(&fixture.serve(&mut idle)).unwrap(), "goodby", "the hold ends at once");
    assert_eq!(fixture.fetch(fixture.send(1, "ignored")), "e");
    assert!(!fixture.exchange.has_unfetched_output());
    assert_eq!(fixture.read(), "End(Closed)");
    assert_eq!(fixture.serve(&mut fixture.idle(2)), Step::Refuse(Refusal::NoSuchTunnel));
}

#[test]
fn a_tunnel_without_a_connection_has_only_so_much_time() {
    let mut fixture = Fixture::new();
    fixture.exchange.attach();
    fixture.exchange.detach(fixture.now);
    assert_eq!(fixture.read(), "Nothing(None)");
    fixture.exchange.detach(fixture.now);
    let until = fixture.after(30_000);
    assert_eq!(fixture.read(), format!("{:?}", Read::Nothing(Some(until))));
    fixture.pass(20_000);
    fixture.exchange.attach();
    fixture.pass(20_000);
    assert_eq!(fixture.read(), "Nothing(None)");
    fixture.exchange.detach(fixture.now);
    fixture.pass(30_000);
    assert_eq!(fixture.read(), "End(Abandoned)");
    assert_eq!(fixture.serve(&mut fixture.idle(0)), Step::Refuse(Refusal::NoSuchTunnel));
}
