//! What the threads of pushes and pulls have in common.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::config::RelayConfig;
use super::event::{RelayError, RelayEvent};
use super::figures::{Counters, RelayFigures};
use crate::client::Url;
use crate::peer_log::peer_log;
use crate::sync::{Condition, lock, wait_timeout};
use crate::threads;
use crate::transport::Interrupter;

/// The thread of a relay. Its drop ends and joins it.
#[derive(Debug)]
pub(super) struct Worker {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread of a relay shares with its handle.
pub(super) struct Desk {
    pub(super) config: RelayConfig,
    pub(super) counters: Arc<Counters>,
    /// What log lines call it. Without the name and the query of the URL, which may be secrets.
    label: String,
    state: Mutex<State>,
    /// Notified when the relay closes, and when its thread is done.
    changed: Condition,
    /// How long the thread may take to end a connection in good order.
    parting: Duration,
}

#[derive(Default)]
struct State {
    is_closing: bool,
    is_done: bool,
    connection: Option<Interrupter>,
}

/// How a connection of a relay ended.
pub(super) enum Ended {
    /// It is lost, or there was none. `None` means that the server has ended the stream.
    Lost(Option<RelayError>),
    /// The server asks to connect again at this URL.
    Moved(Box<Url>),
    /// The stream of this process has ended, and another may follow.
    Again,
    /// The stream of this process has ended, or the relay closes.
    Over,
}

impl Worker {
    /// Starts a thread that runs `connection` again and again, until it is over. `connection` gets
    /// the URL to connect to. At the drop it has `parting` to end in good order.
    pub(super) fn start(
        thread_name: &str,
        label: String,
        url: Url,
        config: RelayConfig,
        parting: Duration,
        mut connection: impl FnMut(&Desk, &Url) -> Ended + Send + 'static,
    ) -> io::Result<Self> {
        let desk = Arc::new(Desk {
            config,
            counters: Arc::default(),
            label,
            state: Mutex::default(),
            changed: Condition::new(),
            parting,
        });
        let on_thread = Arc::clone(&desk);
        let run = move || {
            on_thread.run(&url, &mut connection);
            on_thread.done();
        };
        let thread = threads::spawn(thread_name.to_owned(), run)?;
        Ok(Self { desk, thread: Some(thread) })
    }

    pub(super) fn figures(&self) -> RelayFigures {
        self.desk.counters.figures()
    }

    pub(super) fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.desk.close();
        let thread = self.thread.take();
        // An event handler may hold the handle itself.
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            peer_log!(Error, "a relay", "its thread panicked; this is a bug of rendercast");
        }
    }
}

impl Desk {
    fn run(&self, url: &Url, connection: &mut dyn FnMut(&Self, &Url) -> Ended) {
        let RelayConfig { shortest_wait, longest_wait, .. } = self.config;
        let mut backoff = Backoff::new(shortest_wait, longest_wait);
        let mut moved: Option<Box<Url>> = None;
        while !self.is_closing() {
            let since = Instant::now();
            let ended = connection(self, moved.as_deref().unwrap_or(url));
            self.counters.connected(false);
            // A server that took the stream for a while is up again soon.
            if since.elapsed() > backoff.longest() {
                backoff.reset();
            }
            match ended {
                Ended::Over => break,
                Ended::Again => moved = None,
                Ended::Moved(to) => {
                    self.log("the server asks to connect again");
                    self.tell(&RelayEvent::Moved);
                    moved = Some(to);
                    // A server that asks again and again must not keep this thread busy.
                    if since.elapsed() < shortest_wait {
                        self.pause(shortest_wait);
                    }
                }
                Ended::Lost(error) => {
                    moved = None;
                    let retry_in = backoff.next(random());
                    self.tell_lost(error, retry_in);
                    self.pause(retry_in);
                }
            }
        }
        if !self.is_closing() {
            self.log("the stream has ended");
            self.tell(&RelayEvent::Ended);
        }
    }

    /// Returns what interrupts the next connection when the relay closes.
    pub(super) fn interrupter(&self) -> Interrupter {
        let interrupter = Interrupter::default();
        let mut state = lock(&self.state);
        if state.is_closing {
            interrupter.interrupt();
        } else {
            state.connection = Some(interrupter.clone());
        }
        interrupter
    }

    /// Reports that the server has granted the stream.
    pub(super) fn connected(&self) {
        self.counters.connected(true);
        self.log("connected");
        self.tell(&RelayEvent::Connected);
    }

    pub(super) fn is_closing(&self) -> bool {
        lock(&self.state).is_closing
    }

    pub(super) fn tell(&self, event: &RelayEvent) {
        (self.config.on_event)(event);
    }

    /// Waits, but not longer than until the relay closes.
    pub(super) fn pause(&self, duration: Duration) {
        let until = Instant::now().checked_add(duration);
        let mut state = lock(&self.state);
        while !state.is_closing {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let left = left.unwrap_or(duration);
            if left.is_zero() {
                return;
            }
            state = wait_timeout(&self.changed, state, left);
        }
    }

    fn log(&self, text: &str) {
        peer_log!(Info, &*self.label, "{text}");
    }

    fn tell_lost(&self, error: Option<RelayError>, retry_in: Duration) {
        if self.is_closing() {
            return;
        }
        let millis = retry_in.as_millis();
        match &error {
            Some(error) => peer_log!(Warn, &*self.label, "{error}; tries again in {millis} ms"),
            None => {
                peer_log!(Info, &*self.label, "ended by the server; tries again in {millis} ms");
            }
        }
        self.tell(&RelayEvent::Lost { error, retry_in });
    }

    fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closing = true;
        // There is nothing to end in good order before the server has granted the stream.
        let parting = if self.counters.is_connected() { self.parting } else { Duration::ZERO };
        let until = Instant::now().checked_add(parting);
        self.changed.notify_all();
        while !state.is_done {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let Some(left) = left.filter(|left| !left.is_zero()) else { break };
            state = wait_timeout(&self.changed, state, left);
        }
        let connection = state.connection.take();
        drop(state);
        if let Some(connection) = connection {
            connection.interrupt();
        }
    }

    fn done(&self) {
        lock(&self.state).is_done = true;
        self.changed.notify_all();
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("label", &self.label).finish_non_exhaustive()
    }
}

/// Returns what log lines call a relay: what it does, and where, without the name of the stream.
pub(super) fn label(what: &str, url: &Url) -> String {
    let app = url.app.split('?').next().unwrap_or_default();
    let (host, port) = url.address();
    format!("{what} {}://{host}:{port}/{app}", url.scheme)
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    // Without randomness the waits are the longest, which is all right.
    match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_) => u32::MAX,
    }
}
