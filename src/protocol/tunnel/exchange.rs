//! One tunnel: numbered requests on one side, the bytes of a conversation on the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Answer, Command, Config, Refusal};
use crate::protocol::deadline::after;

/// How far ahead of its turn a request may come. Several connections may carry one request each.
const MAX_AHEAD: u32 = 16;

/// After so many requests in a row that brought nothing to be answered, the next are held twice as
/// long, and so on. A client that only watches does not wait for the answer to what it sent.
const QUIET_REQUESTS: u32 = 8;

/// How often the hold is doubled at most: 30 ms become 480. Each request costs two wake-ups of a
/// thread. At worst, what a client sends after a long silence is late by two holds and a rest.
const MAX_DOUBLINGS: u32 = 4;

/// One tunnel, without threads and clocks.
///
/// A request is a [`PendingRequest`]. It is [served](Self::serve) again whenever something has
/// changed, and at the time that it waits for, until it is answered. The conversation
/// [reads](Self::read) what requests have brought, and [writes](Self::write) what their answers
/// fetch.
#[derive(Debug)]
pub struct Exchange {
    config: Config,
    /// The number of the request whose turn it is.
    next: u32,
    /// Whether the request before that one is still held.
    is_serving: bool,
    /// Whether the request `next` has come, and waits for the one that is held.
    is_next_waiting: bool,
    /// The answer to the last request, in case it gets lost.
    last: Option<Arc<Answer>>,
    /// How many requests in a row have brought nothing.
    quiet: u32,
    input: VecDeque<Bytes>,
    input_bytes: usize,
    /// Why no more input will come.
    end: Option<End>,
    /// Whether the conversation reads no more.
    is_input_unwanted: bool,
    output: VecDeque<Bytes>,
    output_bytes: usize,
    is_output_ended: bool,
    /// How many connections its last requests came by.
    connections: usize,
    unconnected_since: Option<Instant>,
}

/// Why a conversation reads no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client closed the tunnel, or has fetched the last bytes.
    Closed,
    /// The tunnel has no connection, and no request came for as long as [`Config::timeout`] allows.
    Abandoned,
    /// The client sent more than the conversation read for as long as [`Config::turn_timeout`]
    /// allows.
    Overrun,
}

/// What there is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// So many bytes.
    Bytes(usize),
    /// Nothing, and nothing will come.
    End(End),
    /// Nothing yet. At the given time, if there is one, the caller must read again.
    Nothing(Option<Instant>),
}

/// A request that is not answered yet.
#[derive(Debug)]
pub struct PendingRequest {
    number: u32,
    action: Action,
    arrived: Instant,
    /// Until when it is held, once its turn has come.
    held_until: Option<Instant>,
}

#[derive(Debug, PartialEq, Eq)]
enum Action {
    Send(Bytes),
    Idle,
    Close,
}

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Serve it again when something has changed, and at this time at the latest.
    Wait(Instant),
    /// Answer it.
    Answer(Arc<Answer>),
    /// Refuse it. The tunnel stays as it is.
    Refuse(Refusal),
}

impl PendingRequest {
    /// Makes a pending request of a command that arrived at the given time. Returns `None` if the
    /// command is for no tunnel.
    #[must_use]
    pub fn new(command: Command, body: Bytes, arrived: Instant) -> Option<Self> {
        let (number, action) = match command {
            Command::Send(_, number) => (number, Action::Send(body)),
            Command::Idle(_, number) => (number, Action::Idle),
            Command::Close(_, number) => (number, Action::Close),
            Command::Ident | Command::Open => return None,
        };
        Some(Self { number, action, arrived, held_until: None })
    }
}

impl Exchange {
    /// Makes a tunnel whose client is about to learn its name, on one connection.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            next: 0,
            is_serving: false,
            is_next_waiting: false,
            last: None,
            quiet: 0,
            input: VecDeque::new(),
            input_bytes: 0,
            end: None,
            is_input_unwanted: false,
            output: VecDeque::new(),
            output_bytes: 0,
            is_output_ended: false,
            connections: 1,
            unconnected_since: None,
        }
    }

    /// Counts a further connection that requests come by.
    pub const fn attach(&mut self) {
        self.connections = self.connections.saturating_add(1);
        self.unconnected_since = None;
    }

    /// Counts a connection less. After the last one the tunnel lives for [`Config::timeout`].
    pub const fn detach(&mut self, now: Instant) {
        self.connections = self.connections.saturating_sub(1);
        if self.connections == 0 {
            self.unconnected_since = Some(now);
        }
    }

    /// Does for a request what can be done now.
    pub fn serve(&mut self, now: Instant, request: &mut PendingRequest) -> Step {
        let held_until = match request.held_until {
            Some(until) => until,
            None => match self.admit(now, request) {
                Ok(until) => *request.held_until.insert(until),
                Err(step) => return step,
            },
        };
        if now < held_until && !self.has_answer() && !self.is_next_waiting {
            return Step::Wait(held_until);
        }
        Step::Answer(self.answer(&request.action))
    }

    /// Returns how long a request is held while there is nothing to answer: [`Config::idle_hold`],
    /// or up to 16 times as long if the client sends nothing.
    #[must_use]
    pub fn hold(&self) -> Duration {
        let doublings = (self.quiet / QUIET_REQUESTS).min(MAX_DOUBLINGS);
        self.config.idle_hold.saturating_mul(1 << doublings)
    }

    /// Returns how many bytes are held for either side, those of the last answer included.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let parts = self.last.iter().flat_map(|answer| &answer.parts);
        let last = parts.fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        self.input_bytes.saturating_add(self.output_bytes).saturating_add(last)
    }

    /// Returns whether the client only asks for what there is.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        self.quiet >= QUIET_REQUESTS
    }

    /// Returns whether a request whose turn it is would not be held.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        !self.output.is_empty() || self.is_output_ended || self.end.is_some()
    }

    /// Lets a request in if its turn has come, and returns until when it is held.
    fn admit(&mut self, now: Instant, request: &mut PendingRequest) -> Result<Instant, Step> {
        let turn_deadline = after(request.arrived, self.config.turn_timeout);
        let ahead = match request.number.checked_sub(self.next) {
            Some(ahead) => ahead,
            None if request.number.checked_add(1) == Some(self.next) => {
                return Err(self.answer_again(now, turn_deadline));
            }
            None => return Err(Step::Refuse(Refusal::OutOfOrder)),
        };
        let is_over = self.end.is_some() || (self.is_output_ended && self.output.is_empty());
        if is_over && !self.is_serving {
            return Err(Step::Refuse(Refusal::NoSuchTunnel));
        }
        let must_wait = ahead > 0 || self.is_serving;
        if ahead > MAX_AHEAD || (must_wait && now >= turn_deadline) {
            return Err(Step::Refuse(Refusal::OutOfOrder));
        }
        if must_wait {
            self.is_next_waiting |= ahead == 0;
            return Err(Step::Wait(turn_deadline));
        }
        if self.input_bytes >= self.config.in_bytes && matches!(request.action, Action::Send(_)) {
            if now < turn_deadline {
                return Err(Step::Wait(turn_deadline));
            }
            self.end = Some(End::Overrun);
            return Err(Step::Refuse(Refusal::Unavailable));
        }
        // The numbers last for four billion requests, which is ten years of polling.
        self.next = self.next.checked_add(1).ok_or(Step::Refuse(Refusal::OutOfOrder))?;
        self.is_serving = true;
        self.is_next_waiting = false;
        // A client that asks for the next answer has received the last one.
        self.last = None;
        let hold = match &mut request.action {
            Action::Send(body) => {
                self.take_in(std::mem::take(body));
                self.config.idle_hold
            }
            Action::Idle => {
                self.quiet = self.quiet.saturating_add(1);
                self.hold()
            }
            Action::Close => {
                self.end = self.end.or(Some(End::Closed));
                Duration::ZERO
            }
        };
        Ok(after(request.arrived, hold))
    }

    /// Answers the last request once more. Its answer got lost, and the client does not know
    /// whether the request arrived (RFC 9110 §9.2.2). Its body is not taken twice.
    fn answer_again(&self, now: Instant, turn_deadline: Instant) -> Step {
        match &self.last {
            _ if self.is_serving && now < turn_deadline => Step::Wait(turn_deadline),
            Some(last) if !self.is_serving => Step::Answer(Arc::clone(last)),
            _ => Step::Refuse(Refusal::OutOfOrder),
        }
    }

    fn take_in(&mut self, body: Bytes) {
        if !body.is_empty() && !self.is_input_unwanted {
            self.input_bytes = self.input_bytes.saturating_add(body.len());
            self.input.push_back(body);
        }
    }

    fn answer(&mut self, action: &Action) -> Arc<Answer> {
        self.is_serving = false;
        let answer = if *action == Action::Close { Answer::closed() } else { self.fetch() };
        // Players that only watch send an acknowledgement every few seconds, which gets no answer.
        if matches!(action, Action::Send(_)) && !answer.parts.is_empty() {
            self.quiet = 0;
        }
        let answer = Arc::new(answer);
        self.last = Some(Arc::clone(&answer));
        answer
    }

    fn fetch(&mut self) -> Answer {
        let mut room = self.config.answer_bytes.saturating_sub(1).max(1);
        let mut parts = Vec::with_capacity(self.output.len().min(room));
        while room > 0
            && let Some(mut part) = self.output.pop_front()
        {
            if part.len() > room {
                let rest = part.split_off(room);
                self.output.push_front(rest);
            }
            room = room.saturating_sub(part.len());
            self.output_bytes = self.output_bytes.saturating_sub(part.len());
            parts.push(part);
        }
        Answer::new(parts)
    }

    /// Takes the next bytes of the client.
    pub fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Read {
        let mut filled: usize = 0;
        while let Some(rest) = buffer.get_mut(filled..)
            && !rest.is_empty()
            && let Some(front) = self.input.front_mut()
        {
            let length = front.len().min(rest.len());
            let taken = front.split_to(length);
            rest.iter_mut().zip(&taken).for_each(|(to, from)| *to = *from);
            filled = filled.saturating_add(length);
            if front.is_empty() {
                self.input.pop_front();
            }
        }
        self.input_bytes = self.input_bytes.saturating_sub(filled);
        if filled > 0 || buffer.is_empty() {
            return Read::Bytes(filled);
        }
        let deadline = self.unconnected_since.map(|since| after(since, self.config.timeout));
        if deadline.is_some_and(|deadline| deadline <= now) {
            self.end = self.end.or(Some(End::Abandoned));
        }
        match self.end {
            Some(end) => Read::End(end),
            None if self.is_input_unwanted || self.is_fetched() => Read::End(End::Closed),
            None => Read::Nothing(deadline),
        }
    }

    /// Returns whether a [`read`](Self::read) would find bytes or the end.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        !self.input.is_empty() || self.end.is_some() || self.is_input_unwanted || self.is_fetched()
    }

    /// Queues what the next answers fetch, as far as there is room, and returns how many bytes were
    /// taken. A part is taken whole or not at all.
    pub fn write(&mut self, parts: &[Bytes]) -> usize {
        let mut taken: usize = 0;
        for part in parts {
            if !self.has_room() {
                break;
            }
            taken = taken.saturating_add(part.len());
            self.output_bytes = self.output_bytes.saturating_add(part.len());
            if !part.is_empty() {
                self.output.push_back(part.clone());
            }
        }
        taken
    }

    /// Lowers [`Config::out_bytes`] to `bytes`. Never raises it.
    pub fn limit_output(&mut self, bytes: usize) {
        self.config.out_bytes = self.config.out_bytes.min(bytes);
    }

    /// Returns whether a [`write`](Self::write) would take something.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.output_bytes < self.config.out_bytes
    }

    /// Returns whether half of the room or more is free, so that a waiting writer is worth a
    /// wake-up.
    #[must_use]
    pub const fn has_much_room(&self) -> bool {
        self.output_bytes <= self.config.out_bytes / 2
    }

    /// Ends the output. Answers still fetch what has been written.
    pub const fn end_output(&mut self) {
        self.is_output_ended = true;
    }

    /// Ends the input. Answers still fetch what is written.
    pub fn end_input(&mut self) {
        self.is_input_unwanted = true;
        self.input.clear();
        self.input_bytes = 0;
    }

    /// Returns whether a write is pointless: the output has ended, or the client fetches no more.
    #[must_use]
    pub const fn is_closed_to_output(&self) -> bool {
        self.is_output_ended || self.end.is_some()
    }

    /// Returns whether the client may still fetch bytes that were written before the end.
    #[must_use]
    pub fn has_unfetched_output(&self) -> bool {
        !self.is_fetched() && self.end.is_none() && self.connections > 0
    }

    /// Returns whether the output has ended, and all of it has been fetched.
    fn is_fetched(&self) -> bool {
        self.is_output_ended && self.output.is_empty() && !self.is_serving
    }
}
