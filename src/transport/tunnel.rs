//! RTMPT: a conversation's end of a tunnel, and the requests that it waits for.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Transport;
use crate::protocol::Carrier;
use crate::protocol::deadline::after;
use crate::protocol::tunnel::{self, Answer, Config, End, Read, Refusal, Step, Visit};

/// A tunnel between the thread of its conversation, which reads and writes, and the threads of the
/// HTTP connections that its requests come by.
pub(crate) struct Tunnel {
    carrier: Carrier,
    write_timeout: Duration,
    state: Mutex<State>,
    /// Notified when the conversation may have something to read.
    readable: Condvar,
    /// Notified when a request that waits may be served.
    servable: Condvar,
    /// Notified when there is much room for output, or none is wanted any more.
    writable: Condvar,
    is_gone: AtomicBool,
}

struct State {
    tunnel: tunnel::Tunnel,
    /// How many threads wait for each: telling nobody would cost a system call each time.
    readers: usize,
    visitors: usize,
    writers: usize,
    /// How many answers are being written.
    deliveries: usize,
}

impl Tunnel {
    /// One that its client is about to be told of. `carrier` says whether its requests come in TLS.
    pub(crate) fn new(carrier: Carrier, config: Config, write_timeout: Duration) -> Self {
        let tunnel = tunnel::Tunnel::new(config);
        let state = State { tunnel, readers: 0, visitors: 0, writers: 0, deliveries: 0 };
        Self {
            carrier,
            write_timeout,
            state: Mutex::new(state),
            readable: Condvar::new(),
            servable: Condvar::new(),
            writable: Condvar::new(),
            is_gone: AtomicBool::new(false),
        }
    }

    /// A further connection carries it.
    pub(crate) fn attach(&self) {
        self.lock().tunnel.attach();
    }

    /// A connection carries it no more.
    pub(crate) fn detach(&self) {
        let mut state = self.lock();
        state.tunnel.detach(Instant::now());
        // Whoever reads has a deadline from now on.
        self.readable.notify_all();
    }

    /// Serves a request; waits for its turn and for something to answer, as long as the tunnel's
    /// settings say. Once the answer is written, or cannot be, that is to be
    /// [told](Self::delivered).
    pub(crate) fn serve(&self, mut visit: Visit) -> Result<Arc<Answer>, Refusal> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let step = state.tunnel.serve(now, &mut visit);
            match step {
                Step::Wait(until) => {
                    // What it brought may be read already.
                    self.notify_readers(&state);
                    state.visitors += 1;
                    state = wait(&self.servable, state, until.saturating_duration_since(now));
                    state.visitors -= 1;
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

    /// Waits until there is something to answer the next request with: at the most until one that
    /// comes after `rest` would have been held long enough. Does so only for a client that says
    /// nothing else, as it would wait for the answer; false: it does.
    pub(crate) fn doze(&self, rest: Duration) -> bool {
        let mut state = self.lock();
        if !state.tunnel.is_quiet() {
            return false;
        }
        let deadline = after(Instant::now(), rest + state.tunnel.hold());
        while !state.tunnel.has_answer() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.visitors += 1;
            state = wait(&self.servable, state, left);
            state.visitors -= 1;
        }
        true
    }

    /// An answer was written, or will never be.
    pub(crate) fn delivered(&self) {
        let mut state = self.lock();
        state.deliveries = state.deliveries.saturating_sub(1);
        self.notify_readers(&state);
    }

    /// Ends it once the conversation is over: when its last words have been fetched, and after so long
    /// at the most.
    pub(crate) fn end(&self, timeout: Duration) {
        self.stop_reading();
        self.stop_writing();
        self.wait_for_farewell(timeout);
        self.is_gone.store(true, Ordering::Release);
    }

    /// Whether requests for it find nothing any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }

    fn wait_for_farewell(&self, timeout: Duration) {
        let deadline = after(Instant::now(), timeout);
        let mut state = self.lock();
        while state.deliveries > 0 || state.tunnel.is_awaiting_farewell() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state.readers += 1;
            state = wait(&self.readable, state, left);
            state.readers -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What it guards is whole at every moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, state: &State) {
        self.notify_readers(state);
        self.notify_visitors(state);
        self.notify_writers(state);
    }

    fn notify_readers(&self, state: &State) {
        if state.readers > 0 && state.tunnel.is_readable() {
            self.readable.notify_all();
        }
    }

    fn notify_visitors(&self, state: &State) {
        if state.visitors > 0 {
            self.servable.notify_all();
        }
    }

    fn notify_writers(&self, state: &State) {
        if state.writers > 0 && (state.tunnel.has_much_room() || state.tunnel.is_deserted()) {
            self.writable.notify_all();
        }
    }

    /// Writes what there is room for.
    fn write(&self, state: &mut State, parts: &[Bytes]) -> io::Result<usize> {
        if state.tunnel.is_deserted() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = state.tunnel.write(parts);
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.notify_visitors(state);
        Ok(taken)
    }
}

impl Transport for Tunnel {
    fn carrier(&self) -> Carrier {
        self.carrier
    }

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let deadline = after(Instant::now(), timeout);
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let until = match state.tunnel.read(now, buffer) {
                Read::Bytes(length) => {
                    self.notify_visitors(&state);
                    return Ok(length);
                }
                Read::End(end) => {
                    self.notify(&state);
                    return end_of_input(end);
                }
                Read::Nothing(_) if now >= deadline => return Err(io::ErrorKind::TimedOut.into()),
                Read::Nothing(until) => until.map_or(deadline, |until| until.min(deadline)),
            };
            state.readers += 1;
            state = wait(&self.readable, state, until.saturating_duration_since(now));
            state.readers -= 1;
        }
    }

    fn try_send(&self, parts: &[Bytes]) -> io::Result<usize> {
        self.write(&mut self.lock(), parts)
    }

    fn send(&self, parts: &[Bytes]) -> io::Result<usize> {
        let deadline = after(Instant::now(), self.write_timeout);
        let mut state = self.lock();
        // Once it waits, it waits for much room: a wake-up for each answer would be many.
        while !state.tunnel.has_room() && !state.tunnel.is_deserted() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            state.writers += 1;
            state = wait(&self.writable, state, left);
            state.writers -= 1;
        }
        self.write(&mut state, parts)
    }

    fn limit_unsent(&self, bytes: u32) {
        self.lock().tunnel.limit_output(bytes.try_into().unwrap_or(usize::MAX));
    }

    fn stop_reading(&self) {
        let mut state = self.lock();
        state.tunnel.end_input();
        self.notify(&state);
    }

    fn stop_writing(&self) {
        let mut state = self.lock();
        state.tunnel.end_output();
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
             `tunnel_timeout` allows",
        )),
        End::Overrun => Err(io::Error::other(
            "the client sends more than `tunnel_in_bytes` holds, and does not fetch the answers",
        )),
    }
}

fn wait<'a>(
    changed: &Condvar,
    state: MutexGuard<'a, State>,
    timeout: Duration,
) -> MutexGuard<'a, State> {
    changed.wait_timeout(state, timeout).unwrap_or_else(PoisonError::into_inner).0
}
