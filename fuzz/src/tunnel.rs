//! One tunnel, with requests and writes in any order. Each pair of bytes is one event.
//!
//! - What is read is what was sent, each number once and in order.
//! - What is fetched is what was written.
//! - Answers are within their bounds, and so is what waits.
//! - A request that waits learns until when, and does not wait for ever.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rendercast::protocol::tunnel::{
    Command, Config, Exchange, PendingRequest, Read, Refusal, Step, TunnelId,
};

const OUT_BYTES: usize = 40;
const ANSWER_BYTES: usize = 16;
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

const CONFIG: Config = Config::new()
    .in_bytes(20)
    .out_bytes(OUT_BYTES)
    .answer_bytes(ANSWER_BYTES)
    .idle_hold(Duration::from_millis(30))
    .turn_timeout(TURN_TIMEOUT)
    .timeout(Duration::from_secs(10));

/// How many requests may wait at a time.
const MAX_PENDING: usize = 8;

struct Fixture {
    exchange: Exchange,
    now: Instant,
    /// The requests that wait, each with its number and body.
    pending: VecDeque<(u32, PendingRequest, Bytes)>,
    /// What was answered last, and to which number.
    last: Option<(u32, Vec<u8>)>,
    /// All that was taken of what was sent and written, and how much of it came out.
    sent: Vec<u8>,
    read: usize,
    written: Vec<u8>,
    fetched: usize,
    is_input_ended: bool,
}

pub fn run(bytes: &[u8]) {
    let exchange = Exchange::new(CONFIG);
    let mut fixture = Fixture {
        exchange,
        now: Instant::now(),
        pending: VecDeque::new(),
        last: None,
        sent: Vec::new(),
        read: 0,
        written: Vec::new(),
        fetched: 0,
        is_input_ended: false,
    };
    for pair in bytes.chunks_exact(2) {
        fixture.happen(pair[0], pair[1]);
    }
    // In the end all requests are answered.
    for _ in 0..=fixture.pending.len() {
        fixture.now += TURN_TIMEOUT;
        fixture.serve();
    }
    assert!(fixture.pending.is_empty(), "a request waits for ever");
}

impl Fixture {
    fn happen(&mut self, what: u8, value: u8) {
        let number = u32::from(value >> 3);
        let body = Bytes::copy_from_slice(&[value; 12][..usize::from(value & 7)]);
        let id = TunnelId::new([0; 16]);
        match what % 9 {
            0 => self.request(number, Command::Idle(id, number), Bytes::new()),
            1 | 2 => self.request(number, Command::Send(id, number), body),
            3 => self.request(number, Command::Close(id, number), Bytes::new()),
            4 => self.write(value),
            5 => self.read(usize::from(value)),
            6 => self.now += Duration::from_millis(u64::from(value) * 4),
            7 if value == 0 => self.exchange.end_output(),
            7 if value == 1 => {
                self.exchange.end_input();
                self.is_input_ended = true;
            }
            7 if value == 2 => self.exchange.limit_output(30),
            _ if value.is_multiple_of(2) => self.exchange.attach(),
            _ => self.exchange.detach(self.now),
        }
        self.serve();
    }

    fn request(&mut self, number: u32, command: Command, body: Bytes) {
        if self.pending.len() < MAX_PENDING {
            let request = PendingRequest::new(command, body.clone(), self.now);
            self.pending.push_back((number, request.expect("it is for a tunnel"), body));
        }
    }

    /// Serves the requests that wait, until none can be served.
    fn serve(&mut self) {
        let mut idle = 0;
        while idle < self.pending.len() {
            let Some((number, mut request, body)) = self.pending.pop_front() else { return };
            idle += 1;
            match self.exchange.serve(self.now, &mut request) {
                Step::Wait(until) => {
                    assert!(until > self.now, "there is nothing to wait for");
                    self.pending.push_back((number, request, body));
                }
                Step::Refuse(refusal) => {
                    use Refusal::{NoSuchTunnel, OutOfOrder, Unavailable};
                    assert!(
                        matches!(refusal, NoSuchTunnel | OutOfOrder | Unavailable),
                        "{refusal}"
                    );
                    idle = 0;
                }
                Step::Answer(answer) => {
                    assert!(answer.bytes() <= ANSWER_BYTES);
                    self.answered(number, &body, &answer.parts.concat());
                    idle = 0;
                }
            }
        }
    }

    fn answered(&mut self, number: u32, body: &[u8], answer: &[u8]) {
        if let Some((last, same)) = &self.last
            && *last == number
        {
            assert_eq!(answer, same, "the same answer once more");
            return;
        }
        assert_eq!(number, self.last.as_ref().map_or(0, |(last, _)| last + 1));
        self.last = Some((number, answer.to_vec()));
        self.sent.extend_from_slice(body);
        assert!(self.written[self.fetched..].starts_with(answer));
        self.fetched += answer.len();
    }

    fn write(&mut self, value: u8) {
        let waiting = self.written.len() - self.fetched;
        let parts = [vec![value; usize::from(value % 7)].into(), vec![1; 5].into()];
        let taken = self.exchange.write(&parts);
        self.written.extend_from_slice(&parts.concat()[..taken]);
        assert!(waiting + taken < OUT_BYTES + 7);
    }

    fn read(&mut self, most: usize) {
        let mut buffer = vec![0; most];
        if let Read::Bytes(length) = self.exchange.read(self.now, &mut buffer) {
            self.read += length;
        }
        // What is held has been brought already, and is not answered yet.
        let held: usize = self.pending.iter().map(|(_, _, body)| body.len()).sum();
        assert!(self.read <= self.sent.len() + held || self.is_input_ended);
    }
}
