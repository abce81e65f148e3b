//! RTMPT: one end is read and written by a conversation, the other serves HTTP requests.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Transport;
use crate::protocol::Carrier;
use crate::protocol::deadline::after;
use crate::protocol::tunnel::{Answer, Config, End, Exchange, PendingRequest, Read, Refusal, Step};
use crate::sync::{Condition, lock, wait_timeout};

/// A tunnel between the thread of a conversation, which reads and writes, and the threads of the
/// HTTP connections that its requests come by.
///
/// Waits release the lock. Nothing is sent under it: [`serve`](Self::serve) returns the answer, and
/// the thread of the HTTP connection writes it.
pub(crate) struct Tunnel {
    carrier: Carrier,
    write_timeout: Duration,
    state: Mutex<State>,
    /// Notified when the conversation may have something to read.
    readable: Condition,
    /// Notified when a waiting request may be served.
    servable: Condition,
    /// Notified when there is much room for output, or when output is pointless.
    writable: Condition,
    is_gone: AtomicBool,
}

struct State {
    exchange: Exchange,
    /// How many answers are being written.
    deliveries: usize,
}

impl Tunnel {
    /// Makes a tunnel with one connection attached. `carrier` says whether its requests come in
    /// TLS.
    pub(crate) fn new(carrier: Carrier, config: Config, write_timeout: Duration) -> Self {
        let exchange = Exchange::new(config);
        Self {
            carrier,
            write_timeout,
            state: Mutex::new(State { exchange, deliveries: 0 }),
            readable: Condition::new(),
            servable: Condition::new(),
            writable: Condition::new(),
            is_gone: AtomicBool::new(false),
        }
    }

    /// Counts a further HTTP connection that requests come by.
    pub(crate) fn attach(&self) {
        lock(&self.state).exchange.attach();
    }

    /// Counts an HTTP connection less.
    pub(crate) fn detach(&self) {
        lock(&self.state).exchange.detach(Instant::now());
        // A thread that reads has a deadline from now on.
        self.readable.notify_all();
    }

    /// Serves a request. Blocks until its turn has come and there is something to answer, for as
    /// long as the tunnel's settings allow.
    ///
    /// The caller writes the answer, and calls [`delivered`](Self::delivered) then, also if it
    /// could not be written.
    pub(crate) fn serve(&self, mut request: PendingRequest) -> Result<Arc<Answer>, Refusal> {
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            match state.exchange.serve(now, &mut request) {
                Step::Wait(until) => {
                    // The bytes that it brought can be read already.
                    self.notify_readers(&state);
                    let timeout = until.saturating_duration_since(now);
                    state = wait_timeout(&self.servable, state, timeout);
                }
                Step::Answer(answer) => {
                    state.deliveries += 1;
                    self.notify(&state);
                    return Ok(answer);
                }
                Step::Refuse(refusal) => {
                    self.notify(&state);
                    return Err(refusal);
                }
            }
        }
    }

    /// Waits for output in advance of the next request. Blocks as long as that request would be
    /// held.
    ///
    /// Returns `false` at once if the client does more than ask for output, because it would wait
    /// for the answer to what it sends.
    pub(crate) fn wait_for_output(&self) -> bool {
        let mut state = lock(&self.state);
        if !state.exchange.is_quiet() {
            return false;
        }
        let deadline = after(Instant::now(), state.exchange.hold());
        while !state.exchange.has_answer() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = wait_timeout(&self.servable, state, left);
        }
        true
    }

    /// Notes that an answer has been written, or never will be.
    pub(crate) fn delivered(&self) {
        let mut state = lock(&self.state);
        state.deliveries = state.deliveries.saturating_sub(1);
        self.notify_readers(&state);
    }

    /// Ends the tunnel after its conversation. Blocks until the client has fetched the last bytes,
    /// at most for `timeout`.
    pub(crate) fn end(&self, timeout: Duration) {
        self.stop_reading();
        self.stop_writing();
        self.wait_until_fetched(timeout);
        self.is_gone.store(true, Ordering::Release);
    }

    /// Returns whether the tunnel has ended, and serves no more requests.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }

    fn wait_until_fetched(&self, timeout: Duration) {
        let deadline = after(Instant::now(), timeout);
        let mut state = lock(&self.state);
        while state.deliveries > 0 || state.exchange.has_unfetched_output() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = wait_timeout(&self.readable, state, left);
        }
    }

    fn notify(&self, state: &State) {
        self.notify_readers(state);
        self.servable.notify_all();
        self.notify_writers(state);
    }

    fn notify_readers(&self, state: &State) {
        if state.exchange.is_readable() {
            self.readable.notify_all();
        }
    }

    fn notify_writers(&self, state: &State) {
        let exchange = &state.exchange;
        if exchange.has_much_room() || exchange.is_closed_to_output() {
            self.writable.notify_all();
        }
    }

    /// Writes the parts that there is room for.
    fn write(&self, state: &mut State, parts: &[Bytes]) -> io::Result<usize> {
        if state.exchange.is_closed_to_output() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = state.exchange.write(parts);
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.servable.notify_all();
        Ok(taken)
    }
}

impl Transport for Tunnel {
    fn carrier(&self) -> Carrier {
        self.carrier
    }

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let deadline = after(Instant::now(), timeout);
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            let until = match state.exchange.read(now, buffer) {
                Read::Bytes(length) => {
                    self.servable.notify_all();
                    return Ok(length);
                }
                Read::End(end) => {
                    self.notify(&state);
                    return end_of_input(end);
                }
                Read::Nothing(_) if now >= deadline => return Err(io::ErrorKind::TimedOut.into()),
                Read::Nothing(until) => until.map_or(deadline, |until| until.min(deadline)),
            };
            state = wait_timeout(&self.readable, state, until.saturating_duration_since(now));
        }
    }

    fn try_send(&self, parts: &[Bytes]) -> io::Result<usize> {
        self.write(&mut lock(&self.state), parts)
    }

    fn send(&self, parts: &[Bytes]) -> io::Result<usize> {
        let deadline = after(Instant::now(), self.write_timeout);
        let mut state = lock(&self.state);
        // The wait ends once there is much room, because a wake-up for each answer would be many.
        while !state.exchange.has_room() && !state.exchange.is_closed_to_output() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            state = wait_timeout(&self.writable, state, left);
        }
        self.write(&mut state, parts)
    }

    fn held_bytes(&self) -> Option<usize> {
        Some(lock(&self.state).exchange.held_bytes())
    }

    fn limit_unsent(&self, bytes: u32) {
        let bytes = bytes.try_into().unwrap_or(usize::MAX);
        lock(&self.state).exchange.limit_output(bytes);
    }

    fn stop_reading(&self) {
        let mut state = lock(&self.state);
        state.exchange.end_input();
        self.notify(&state);
    }

    fn stop_writing(&self) {
        let mut state = lock(&self.state);
        state.exchange.end_output();
        self.notify(&state);
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("carrier", &self.carrier).finish_non_exhaustive()
    }
}

fn end_of_input(end: End) -> io::Result<usize> {
    match end {
        End::Closed => Ok(0),
        End::Abandoned => Err(io::Error::other(
            "the client has no connection left, and sent no request for as long as \
             `TunnelConfig::timeout` allows",
        )),
        End::Overrun => Err(io::Error::other(
            "the client sends more than `TunnelConfig::in_bytes` holds, and does not fetch the \
             answers",
        )),
    }
}
