//! One tunnel: requests with numbers on one side, a conversation's bytes on the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Answer, Command, Config, Interval, Refusal};
use crate::protocol::deadline::after;

/// How far ahead of its turn a request may come: several connections carry one request each.
const AHEAD: u32 = 16;

/// After so many requests in a row that brought nothing to be answered, the next are held twice as
/// long, and so on: whoever only watches does not wait for answers to what he says.
const QUIET_REQUESTS: u32 = 8;

/// How often the hold is doubled at the most: 30 ms become 480. Each request costs two wake-ups of a
/// thread, and what a client says after a long silence is late by two holds, and a rest, at worst.
const MOST_DOUBLINGS: u32 = 4;

/// One tunnel, without threads and clocks.
///
/// A request is a [`Visit`]: it is [served](Self::serve) again whenever something has changed and
/// when the time comes that it waits for, until it is answered. The conversation
/// [reads](Self::read) what requests have sent and [writes](Self::write) what their answers fetch.
#[derive(Debug)]
pub struct Tunnel {
    config: Config,
    /// The number of the request whose turn it is next.
    next: u32,
    /// Whether the one before it is still held.
    is_serving: bool,
    /// Whether another waits for that.
    is_awaited: bool,
    /// The answer to the last request, for the case that it gets lost.
    last: Option<Arc<Answer>>,
    interval: Interval,
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
    carriers: usize,
    orphaned: Option<Instant>,
}

/// Why a conversation reads no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client closed the tunnel, or its last words have been fetched.
    Closed,
    /// It has no connection left, and no request came for as long as [`Config::timeout`] says.
    Abandoned,
    /// It sent more than the conversation read for as long as [`Config::turn_timeout`] says.
    Overrun,
}

/// What there is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// So many bytes.
    Bytes(usize),
    /// Nothing, and nothing will come.
    End(End),
    /// Nothing yet; at the given time, if there is one, it is to be asked again.
    Nothing(Option<Instant>),
}

/// A request on its way through a tunnel.
#[derive(Debug)]
pub struct Visit {
    number: u32,
    errand: Errand,
    arrived: Instant,
    /// Until when it is held, once its turn has come.
    held_until: Option<Instant>,
}

#[derive(Debug, PartialEq, Eq)]
enum Errand {
    Bring(Bytes),
    Fetch,
    Close,
}

/// What is to be done with a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is to be served again when something has changed, and at this time at the latest.
    Wait(Instant),
    /// It is answered.
    Answer(Arc<Answer>),
    /// It is refused; the tunnel stays as it is.
    Refuse(Refusal),
}

impl Visit {
    /// The visit that a request makes; none where it is for no tunnel.
    #[must_use]
    pub fn new(command: Command, body: Bytes, arrived: Instant) -> Option<Self> {
        let (number, errand) = match command {
            Command::Send(_, number) => (number, Errand::Bring(body)),
            Command::Idle(_, number) => (number, Errand::Fetch),
            Command::Close(_, number) => (number, Errand::Close),
            Command::Ident | Command::Open => return None,
        };
        Some(Self { number, errand, arrived, held_until: None })
    }
}

impl Tunnel {
    /// A tunnel whose client has just been told of it, on a connection that
    /// [carries](Self::attach) it.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            next: 0,
            is_serving: false,
            is_awaited: false,
            last: None,
            interval: Interval::new(),
            quiet: 0,
            input: VecDeque::new(),
            input_bytes: 0,
            end: None,
            is_input_unwanted: false,
            output: VecDeque::new(),
            output_bytes: 0,
            is_output_ended: false,
            carriers: 1,
            orphaned: None,
        }
    }

    /// A further connection carries it.
    pub const fn attach(&mut self) {
        self.carriers = self.carriers.saturating_add(1);
        self.orphaned = None;
    }

    /// A connection carries it no more. Without any, it has only so much time.
    pub const fn detach(&mut self, now: Instant) {
        self.carriers = self.carriers.saturating_sub(1);
        if self.carriers == 0 {
            self.orphaned = Some(now);
        }
    }

    /// Does for a request what can be done now.
    pub fn serve(&mut self, now: Instant, visit: &mut Visit) -> Step {
        let held_until = match visit.held_until {
            Some(until) => until,
            None => match self.admit(now, visit) {
                Ok(until) => *visit.held_until.insert(until),
                Err(step) => return step,
            },
        };
        if now < held_until && !self.has_answer() && !self.is_awaited {
            return Step::Wait(held_until);
        }
        Step::Answer(self.answer(&visit.errand))
    }

    /// How long a request is held while there is nothing to answer: [`Config::idle_hold`], or up to
    /// 16 times as long for a client that says nothing.
    #[must_use]
    pub fn hold(&self) -> Duration {
        let doublings = (self.quiet / QUIET_REQUESTS).min(MOST_DOUBLINGS);
        self.config.idle_hold.saturating_mul(1 << doublings)
    }

    /// Whether the client only asks for what there is.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        self.quiet >= QUIET_REQUESTS
    }

    /// Whether a request whose turn it is would not be held.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        !self.output.is_empty() || self.is_output_ended || self.end.is_some()
    }

    /// Lets a request in when its turn has come, and says until when it is held then.
    fn admit(&mut self, now: Instant, visit: &mut Visit) -> Result<Instant, Step> {
        let patience = after(visit.arrived, self.config.turn_timeout);
        let ahead = match visit.number.checked_sub(self.next) {
            Some(ahead) => ahead,
            None if visit.number.checked_add(1) == Some(self.next) => {
                return Err(self.answer_again(now, patience));
            }
            None => return Err(Step::Refuse(Refusal::OutOfOrder)),
        };
        let is_over = self.end.is_some() || (self.is_output_ended && self.output.is_empty());
        if is_over && !self.is_serving {
            return Err(Step::Refuse(Refusal::NotFound));
        }
        let must_wait = ahead > 0 || self.is_serving;
        if ahead > AHEAD || (must_wait && now >= patience) {
            return Err(Step::Refuse(Refusal::OutOfOrder));
        }
        if must_wait {
            self.is_awaited |= ahead == 0;
            return Err(Step::Wait(patience));
        }
        if self.input_bytes >= self.config.in_bytes && matches!(visit.errand, Errand::Bring(_)) {
            if now < patience {
                return Err(Step::Wait(patience));
            }
            self.end = Some(End::Overrun);
            return Err(Step::Refuse(Refusal::Unavailable));
        }
        // Numbers of four billion requests are enough for ten years of polling.
        self.next = self.next.checked_add(1).ok_or(Step::Refuse(Refusal::OutOfOrder))?;
        self.is_serving = true;
        self.is_awaited = false;
        // Whoever asks for the next answer has had the last one.
        self.last = None;
        let hold = match &mut visit.errand {
            Errand::Bring(body) => {
                self.bring(std::mem::take(body));
                self.config.idle_hold
            }
            Errand::Fetch => {
                self.quiet = self.quiet.saturating_add(1);
                self.hold()
            }
            Errand::Close => {
                self.end = self.end.or(Some(End::Closed));
                Duration::ZERO
            }
        };
        Ok(after(visit.arrived, hold))
    }

    /// The last request once more: its answer has got lost, and whoever sends it does not know
    /// whether it arrived (RFC 9110 §9.2.2). Its body is not taken twice.
    fn answer_again(&self, now: Instant, patience: Instant) -> Step {
        match &self.last {
            _ if self.is_serving && now < patience => Step::Wait(patience),
            Some(last) if !self.is_serving => Step::Answer(Arc::clone(last)),
            _ => Step::Refuse(Refusal::OutOfOrder),
        }
    }

    fn bring(&mut self, body: Bytes) {
        if !body.is_empty() && !self.is_input_unwanted {
            self.input_bytes = self.input_bytes.saturating_add(body.len());
            self.input.push_back(body);
        }
    }

    fn answer(&mut self, errand: &Errand) -> Arc<Answer> {
        self.is_serving = false;
        let answer = if *errand == Errand::Close { Answer::default() } else { self.fetch() };
        // Players that only watch send an acknowledgement every few seconds, which nobody answers.
        if matches!(errand, Errand::Bring(_)) && !answer.parts.is_empty() {
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
        Answer { interval: self.interval.after(parts.is_empty()), parts }
    }

    /// Takes the conversation's next bytes.
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
        let abandoned = self.orphaned.map(|since| after(since, self.config.timeout));
        if abandoned.is_some_and(|at| at <= now) {
            self.end = self.end.or(Some(End::Abandoned));
        }
        match self.end {
            Some(end) => Read::End(end),
            None if self.is_input_unwanted || self.is_fetched() => Read::End(End::Closed),
            None => Read::Nothing(abandoned),
        }
    }

    /// Whether a [`read`](Self::read) would find bytes, or the end.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        !self.input.is_empty() || self.end.is_some() || self.is_input_unwanted || self.is_fetched()
    }

    /// Queues what the next answers are to fetch, as far as there is room; says how many bytes of it
    /// there was room for. A piece is taken whole.
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

    /// Has no more than so many bytes wait to be fetched from now on, even if more may:
    /// [`Config::out_bytes`].
    pub fn limit_output(&mut self, bytes: usize) {
        self.config.out_bytes = self.config.out_bytes.min(bytes);
    }

    /// Whether a [`write`](Self::write) would take something.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.output_bytes < self.config.out_bytes
    }

    /// Whether enough has been fetched for it to be worth while to write again.
    #[must_use]
    pub const fn has_much_room(&self) -> bool {
        self.output_bytes <= self.config.out_bytes / 2
    }

    /// The conversation writes no more. What it has written may still be fetched.
    pub const fn end_output(&mut self) {
        self.is_output_ended = true;
    }

    /// The conversation reads no more. What it writes may still be fetched.
    pub fn end_input(&mut self) {
        self.is_input_unwanted = true;
        self.input.clear();
        self.input_bytes = 0;
    }

    /// Whether nobody will fetch what is written.
    #[must_use]
    pub const fn is_deserted(&self) -> bool {
        self.is_output_ended || self.end.is_some()
    }

    /// Whether there is something left that the conversation has written before its end, and somebody
    /// to fetch it.
    #[must_use]
    pub fn is_awaiting_farewell(&self) -> bool {
        !self.is_fetched() && self.end.is_none() && self.carriers > 0
    }

    /// Whether all that the conversation has written before its end has been fetched.
    fn is_fetched(&self) -> bool {
        self.is_output_ended && self.output.is_empty() && !self.is_serving
    }
}
