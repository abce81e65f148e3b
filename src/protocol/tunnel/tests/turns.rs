//! Whose turn it is, and how long it waits.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::protocol::tunnel::{
    Answer, Command, Config, End, Read, Refusal, Step, Tunnel, TunnelId, Visit,
};

const ID: TunnelId = TunnelId::new([0; 16]);

const CONFIG: Config = Config {
    in_bytes: 10,
    out_bytes: 10,
    answer_bytes: 7,
    idle_hold: Duration::from_millis(30),
    turn_timeout: Duration::from_secs(10),
    timeout: Duration::from_secs(30),
};

/// A tunnel at a time of our making.
struct House {
    tunnel: Tunnel,
    now: Instant,
}

impl House {
    fn new() -> Self {
        Self { tunnel: Tunnel::new(CONFIG), now: Instant::now() }
    }

    fn visit(&self, command: Command, body: &'static str) -> Visit {
        Visit::new(command, body.into(), self.now).expect("a visit of a tunnel")
    }

    fn idle(&self, number: u32) -> Visit {
        self.visit(Command::Idle(ID, number), "")
    }

    fn send(&self, number: u32, body: &'static str) -> Visit {
        self.visit(Command::Send(ID, number), body)
    }

    fn close(&self, number: u32) -> Visit {
        self.visit(Command::Close(ID, number), "")
    }

    fn serve(&mut self, visit: &mut Visit) -> Step {
        self.tunnel.serve(self.now, visit)
    }

    /// What the visit is answered with, behind the interval, without waiting.
    fn fetch(&mut self, mut visit: Visit) -> String {
        let step = self.serve(&mut visit);
        text(&step).unwrap_or_else(|| panic!("an answer, not {step:?}"))
    }

    fn write(&mut self, text: &'static str) -> usize {
        self.tunnel.write(&[Bytes::from(text)])
    }

    fn read(&mut self) -> String {
        let mut buffer = [0; 64];
        match self.tunnel.read(self.now, &mut buffer) {
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
fn an_empty_idle_is_held_and_then_answered_with_nothing() {
    let mut house = House::new();
    let mut idle = house.idle(0);
    assert_eq!(house.serve(&mut idle), Step::Wait(house.after(30)));
    house.pass(29);
    assert_eq!(house.serve(&mut idle), Step::Wait(house.after(1)));
    house.pass(1);
    let nothing = Answer { interval: 1, parts: vec![] };
    assert_eq!(house.serve(&mut idle), Step::Answer(nothing.into()));
}

/// The holds of so many requests in a row that find nothing, in milliseconds.
fn holds(house: &mut House, numbers: std::ops::Range<u32>) -> Vec<u128> {
    let hold_of = |number| {
        let mut idle = house.idle(number);
        let Step::Wait(until) = house.serve(&mut idle) else { panic!("nothing is to be had") };
        let hold = until - house.now;
        house.now = until;
        assert!(matches!(house.serve(&mut idle), Step::Answer(_)));
        hold.as_millis()
    };
    numbers.map(hold_of).collect()
}

#[test]
fn who_only_asks_is_held_longer_until_he_says_what_is_answered() {
    let mut house = House::new();
    let first = holds(&mut house, 0..60);
    assert_eq!((first[0], first[6], first[7], first[14], first[15]), (30, 30, 60, 60, 120));
    assert_eq!((first[23], first[31], first[59]), (240, 480, 480));

    let mut acknowledgement = house.send(60, "ack");
    assert_eq!(house.serve(&mut acknowledgement), Step::Wait(house.after(30)));
    house.now += Duration::from_millis(30);
    assert!(matches!(house.serve(&mut acknowledgement), Step::Answer(_)));
    assert_eq!(holds(&mut house, 61..62), [480], "nobody answers an acknowledgement");

    let mut pause = house.send(62, "pause");
    assert_eq!(house.serve(&mut pause), Step::Wait(house.after(30)));
    house.write("paused");
    assert!(matches!(house.serve(&mut pause), Step::Answer(_)));
    assert_eq!(holds(&mut house, 63..64), [30]);
}

#[test]
fn a_held_request_is_answered_as_soon_as_there_is_something() {
    let mut house = House::new();
    let mut send = house.send(0, "connect");
    assert!(matches!(house.serve(&mut send), Step::Wait(_)));
    assert_eq!(house.read(), "connect");
    assert_eq!(house.write("_result"), 7);
    assert_eq!(text(&house.serve(&mut send)).unwrap(), "_resul");
    assert_eq!(house.fetch(house.idle(1)), "t");
}

#[test]
fn an_answer_is_as_long_as_it_may_be_and_no_longer() {
    let mut house = House::new();
    assert_eq!(house.tunnel.write(&["ab", "", "cde", "fgh", "ij"].map(Bytes::from)), 10);
    assert_eq!(house.fetch(house.idle(0)), "abcdef");
    assert_eq!(house.fetch(house.idle(1)), "ghij");
}

#[test]
fn a_tunnel_that_is_not_polled_takes_no_more_than_its_bound_and_a_piece() {
    let mut house = House::new();
    assert_eq!(house.write("123456789"), 9);
    assert!(house.tunnel.has_room());
    assert_eq!(house.write("abcdef"), 6);
    assert!(!house.tunnel.has_room());
    assert_eq!(house.write("x"), 0);
    assert_eq!(house.fetch(house.idle(0)), "123456");
    assert!(house.tunnel.has_room() && !house.tunnel.has_much_room());
    assert_eq!(house.fetch(house.idle(1)), "789abc");
    assert!(house.tunnel.has_much_room());
}

#[test]
fn requests_that_overtake_each_other_wait_for_their_turn() {
    let mut house = House::new();
    let (mut second, mut third) = (house.send(1, "b"), house.send(2, "c"));
    let patience = house.after(10_000);
    assert_eq!(house.serve(&mut third), Step::Wait(patience));
    assert_eq!(house.serve(&mut second), Step::Wait(patience));
    assert_eq!(house.read(), "Nothing(None)");
    let mut first = house.send(0, "a");
    assert!(matches!(house.serve(&mut first), Step::Wait(_)));
    assert_eq!(house.read(), "a");
    // The next one waits, so there is no point in holding this one.
    assert_eq!(house.serve(&mut second), Step::Wait(patience));
    assert_eq!(text(&house.serve(&mut first)).unwrap(), "");
    assert!(matches!(house.serve(&mut second), Step::Wait(_)));
    assert_eq!(house.read(), "b");
    house.write("x");
    assert_eq!(text(&house.serve(&mut second)).unwrap(), "x");
    assert!(matches!(house.serve(&mut third), Step::Wait(_)));
    assert_eq!(house.read(), "c");
}

#[test]
fn a_request_before_which_one_is_missing_is_refused_in_the_end() {
    let mut house = House::new();
    let mut second = house.send(1, "b");
    assert_eq!(house.serve(&mut second), Step::Wait(house.after(10_000)));
    house.pass(10_000);
    assert_eq!(house.serve(&mut second), Step::Refuse(Refusal::OutOfOrder));
    assert_eq!(house.fetch_after_hold(0), "");
}

impl House {
    fn fetch_after_hold(&mut self, number: u32) -> String {
        let mut idle = self.idle(number);
        assert!(matches!(self.serve(&mut idle), Step::Wait(_)));
        self.pass(30);
        text(&self.serve(&mut idle)).expect("an answer after the hold")
    }
}

#[test]
fn numbers_out_of_reach_are_refused_at_once() {
    let mut house = House::new();
    house.write("abc");
    for number in [17, 1000, u32::MAX] {
        assert_eq!(house.serve(&mut house.idle(number)), Step::Refuse(Refusal::OutOfOrder));
    }
    for number in 0..3 {
        house.write("abc");
        house.fetch(house.idle(number));
    }
    for number in [0, 1] {
        assert_eq!(house.serve(&mut house.idle(number)), Step::Refuse(Refusal::OutOfOrder));
    }
}

#[test]
fn a_repeated_request_gets_its_answer_again_and_brings_nothing_twice() {
    let mut house = House::new();
    house.write("abc");
    assert_eq!(house.fetch(house.send(0, "hello")), "abc");
    house.write("def");
    assert_eq!(house.fetch(house.send(0, "hello")), "abc");
    assert_eq!(house.read(), "hello");
    assert_eq!(house.read(), "Nothing(None)");
    assert_eq!(house.fetch(house.idle(1)), "def");
}

#[test]
fn a_request_repeated_while_it_is_held_is_answered_with_it() {
    let mut house = House::new();
    let (mut once, mut again) = (house.send(0, "a"), house.send(0, "a"));
    assert!(matches!(house.serve(&mut once), Step::Wait(_)));
    assert!(matches!(house.serve(&mut again), Step::Wait(_)));
    house.write("x");
    assert!(matches!(house.serve(&mut again), Step::Wait(_)));
    assert_eq!(text(&house.serve(&mut once)).unwrap(), "x");
    assert_eq!(text(&house.serve(&mut again)).unwrap(), "x");
    assert_eq!(house.read(), "a");
}

#[test]
fn who_sends_what_is_not_read_waits_and_is_given_up() {
    let mut house = House::new();
    house.write("x");
    assert_eq!(house.fetch(house.send(0, "0123456789")), "x");
    let (mut idle, mut send) = (house.idle(1), house.send(2, "more"));
    house.write("y");
    assert_eq!(text(&house.serve(&mut idle)).unwrap(), "y", "fetching goes on");
    let patience = house.after(10_000);
    assert_eq!(house.serve(&mut send), Step::Wait(patience));
    house.pass(10_000);
    assert_eq!(house.serve(&mut send), Step::Refuse(Refusal::Unavailable));
    assert_eq!(house.read(), "0123456789");
    assert_eq!(house.read(), format!("{:?}", Read::End(End::Overrun)));
}

#[test]
fn a_close_is_answered_with_a_zero_and_ends_the_input_behind_what_was_sent() {
    let mut house = House::new();
    house.write("x");
    house.fetch(house.send(0, "bye"));
    let farewell = house.serve(&mut house.close(1));
    assert_eq!(farewell, Step::Answer(Answer { interval: 0, parts: vec![] }.into()));
    assert_eq!(house.serve(&mut house.close(1)), farewell, "also a second time");
    assert_eq!(house.read(), "bye");
    assert_eq!(house.read(), "End(Closed)");
    assert!(house.tunnel.is_deserted());
    assert_eq!(house.serve(&mut house.idle(2)), Step::Refuse(Refusal::NotFound));
}

#[test]
fn the_last_words_are_fetched_after_the_conversations_end() {
    let mut house = House::new();
    let mut idle = house.idle(0);
    assert!(matches!(house.serve(&mut idle), Step::Wait(_)));
    house.tunnel.end_input();
    house.write("goodbye");
    house.tunnel.end_output();
    assert!(house.tunnel.is_awaiting_farewell());
    assert_eq!(text(&house.serve(&mut idle)).unwrap(), "goodby", "the hold ends at once");
    assert_eq!(house.fetch(house.send(1, "ignored")), "e");
    assert!(!house.tunnel.is_awaiting_farewell());
    assert_eq!(house.read(), "End(Closed)");
    assert_eq!(house.serve(&mut house.idle(2)), Step::Refuse(Refusal::NotFound));
}

#[test]
fn a_tunnel_without_a_connection_has_only_so_much_time() {
    let mut house = House::new();
    house.tunnel.attach();
    house.tunnel.detach(house.now);
    assert_eq!(house.read(), "Nothing(None)");
    house.tunnel.detach(house.now);
    let until = house.after(30_000);
    assert_eq!(house.read(), format!("{:?}", Read::Nothing(Some(until))));
    house.pass(20_000);
    house.tunnel.attach();
    house.pass(20_000);
    assert_eq!(house.read(), "Nothing(None)");
    house.tunnel.detach(house.now);
    house.pass(30_000);
    assert_eq!(house.read(), "End(Abandoned)");
    assert_eq!(house.serve(&mut house.idle(0)), Step::Refuse(Refusal::NotFound));
}
