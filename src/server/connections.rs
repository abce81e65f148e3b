//! The connections of a server, and their threads.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, ThreadId};

use super::config::ServerConfig;
use super::connection::shared::ConnectionShared;
use crate::handler::backend::ConnectionBackend;
use crate::sync::lock;
use crate::transport::Transport;

/// The connections of a server. Each thread is joined: at its end by the next that ends, the last
/// ones by the shutdown.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: HashMap<u64, Entry>,
    /// How many of them each address has.
    by_address: HashMap<IpAddr, usize>,
    last_ended: Option<JoinHandle<()>>,
    /// What closed connections moved.
    closed: Figures,
    opened_in_all: u64,
    refused: u64,
    is_shut_down: bool,
}

#[derive(Debug)]
struct Entry {
    /// None: it counts for no address.
    address: Option<IpAddr>,
    progress: Progress,
    /// None once a shutdown joins it.
    thread: Option<JoinHandle<()>>,
    thread_id: ThreadId,
}

/// What connections moved, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// In messages.
    pub(crate) dropped: u64,
}

/// How far a connection has come, and so what ends it.
#[derive(Clone, Debug)]
enum Progress {
    Accepted,
    /// What the peer speaks is being found out.
    Opening(Arc<dyn Transport>),
    Open(Arc<ConnectionShared>),
    /// Requests of tunnels come by it.
    #[cfg(feature = "tunnel")]
    Carrier(Arc<dyn Transport>),
}

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    pub(crate) per_address: usize,
}

impl Limits {
    pub(crate) const fn of(config: &ServerConfig) -> Self {
        Self { connections: config.connections, per_address: config.connections_per_address }
    }
}

/// Why a connection is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("there are {0} connections, as many as `connections` allows")]
    Full(usize),
    #[error("it has {0} connections, as many as `connections_per_address` allows")]
    FullForAddress(usize),
    #[error("the server is shutting down")]
    ShutDown,
    #[error("the system gives no thread: {0}")]
    Thread(std::io::Error),
}

impl Connections {
    /// Adds a connection whose thread `spawn` starts, given the connection's number. It counts for
    /// `address`, where there is one.
    pub(crate) fn open(
        &self,
        limits: Limits,
        address: Option<IpAddr>,
        spawn: impl FnOnce(u64) -> std::io::Result<JoinHandle<()>>,
    ) -> Result<(), Refused> {
        let mut state = lock(&self.0);
        // Counted before `spawn` is dropped, and the socket with it: whoever sees that closed sees
        // the count.
        state.check(limits, address).inspect_err(|_| state.refused += 1)?;
        let id = state.opened_in_all + 1;
        // The new thread's own calls wait for this lock, so they find its entry.
        let thread = spawn(id).map_err(Refused::Thread)?;
        state.opened_in_all = id;
        state.count(address);
        let (thread_id, thread) = (thread.thread().id(), Some(thread));
        let progress = Progress::Accepted;
        state.open.insert(id, Entry { address, progress, thread, thread_id });
        Ok(())
    }

    /// Has a connection that counted for no address count for `address`.
    pub(crate) fn set_address(
        &self,
        id: u64,
        limits: Limits,
        address: IpAddr,
    ) -> Result<(), Refused> {
        let mut state = lock(&self.0);
        state.check_address(limits, Some(address)).inspect_err(|_| state.refused += 1)?;
        let Some(entry) = state.open.get_mut(&id) else { return Err(Refused::ShutDown) };
        entry.address = Some(address);
        state.count(Some(address));
        Ok(())
    }

    /// Has the shutdown end a connection that is being opened: its reads find the end of the input.
    pub(crate) fn set_opening(&self, id: u64, transport: Arc<dyn Transport>) {
        self.advance(id, Progress::Opening(transport));
    }

    /// Has the shutdown end a connection that is open, and the statistics count it.
    pub(crate) fn set_link(&self, id: u64, link: &Arc<ConnectionShared>) {
        self.advance(id, Progress::Open(Arc::clone(link)));
    }

    /// Has the shutdown end a connection that carries tunnels, once their last words have been
    /// fetched.
    #[cfg(feature = "tunnel")]
    pub(crate) fn set_carrier(&self, id: u64, transport: Arc<dyn Transport>) {
        self.advance(id, Progress::Carrier(transport));
    }

    fn advance(&self, id: u64, progress: Progress) {
        let mut state = lock(&self.0);
        let is_shut_down = state.is_shut_down;
        if let Some(entry) = state.open.get_mut(&id) {
            entry.progress = progress.clone();
        }
        drop(state);
        if is_shut_down {
            // The shutdown has seen it, and did not know of this.
            progress.stop();
        }
    }

    /// A connection's thread is at its end.
    pub(crate) fn closed(&self, id: u64) {
        let former = {
            let mut state = lock(&self.0);
            state.open.remove(&id).and_then(|entry| {
                state.forget(entry.address);
                // In one step: at no moment is it counted twice, or not at all.
                if let Some(link) = entry.progress.link() {
                    state.closed.add(link);
                }
                entry.thread.and_then(|thread| state.last_ended.replace(thread))
            })
        };
        join(former);
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        lock(&self.0).is_shut_down
    }

    /// Ends all connections, and joins their threads, but for that which calls; no more are taken.
    pub(crate) fn shut_down(&self) {
        let (carriers, others, last_ended) = {
            let mut state = lock(&self.0);
            state.is_shut_down = true;
            let open = state.open.values_mut().map(|entry| (entry.progress.clone(), entry.take()));
            let (carriers, others) = open.partition(|(progress, _)| progress.is_carrier());
            (carriers, others, state.last_ended.take())
        };
        stop_and_join(others);
        stop_and_join(carriers);
        join(last_ended);
    }

    /// Whether a connection's thread calls this.
    pub(crate) fn is_called_by_a_connection(&self) -> bool {
        let this = thread::current().id();
        lock(&self.0).open.values().any(|entry| entry.thread_id == this)
    }

    /// What all connections moved, those that are closed included.
    pub(crate) fn figures(&self) -> Figures {
        let state = lock(&self.0);
        let mut figures = state.closed;
        for link in state.open.values().filter_map(|entry| entry.progress.link()) {
            figures.add(link);
        }
        figures
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.0).open.len()
    }

    pub(crate) fn refused(&self) -> u64 {
        lock(&self.0).refused
    }

    pub(crate) fn opened_in_all(&self) -> u64 {
        lock(&self.0).opened_in_all
    }
}

impl Figures {
    fn add(&mut self, link: &ConnectionShared) {
        self.bytes_in += link.received.bytes.load(Ordering::Relaxed);
        self.bytes_out += link.outbox.bytes_sent();
        self.dropped += link.outbox.dropped();
    }
}

impl Entry {
    /// The thread, to be joined. That which calls stays, for a later shutdown to join.
    fn take(&mut self) -> Option<JoinHandle<()>> {
        if self.thread_id == thread::current().id() { None } else { self.thread.take() }
    }
}

impl Progress {
    fn link(&self) -> Option<&ConnectionShared> {
        match self {
            Self::Open(link) => Some(link),
            _ => None,
        }
    }

    const fn is_carrier(&self) -> bool {
        #[cfg(feature = "tunnel")]
        return matches!(self, Self::Carrier(_));
        #[cfg(not(feature = "tunnel"))]
        false
    }

    fn stop(&self) {
        match self {
            Self::Accepted => {}
            // Whoever does not read an answer keeps nobody waiting.
            #[cfg(feature = "tunnel")]
            Self::Carrier(transport) => {
                transport.stop_reading();
                transport.stop_writing();
            }
            Self::Opening(transport) => transport.stop_reading(),
            Self::Open(link) => link.close(),
        }
    }
}

impl State {
    fn check(&self, limits: Limits, address: Option<IpAddr>) -> Result<(), Refused> {
        if self.is_shut_down {
            return Err(Refused::ShutDown);
        }
        if self.open.len() >= limits.connections {
            return Err(Refused::Full(limits.connections));
        }
        self.check_address(limits, address)
    }

    fn check_address(&self, limits: Limits, address: Option<IpAddr>) -> Result<(), Refused> {
        let of_address = address.and_then(|address| self.by_address.get(&address));
        if of_address.is_some_and(|&count| count >= limits.per_address) {
            return Err(Refused::FullForAddress(limits.per_address));
        }
        Ok(())
    }

    fn count(&mut self, address: Option<IpAddr>) {
        if let Some(address) = address {
            *self.by_address.entry(address).or_default() += 1;
        }
    }

    fn forget(&mut self, address: Option<IpAddr>) {
        let Some(address) = address else { return };
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

fn stop_and_join(connections: Vec<(Progress, Option<JoinHandle<()>>)>) {
    for (progress, _) in &connections {
        progress.stop();
    }
    for (_, thread) in connections {
        join(thread);
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    // A handler that shuts its own server down must not wait for itself.
    let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id())
    else {
        return;
    };
    // A panic on a connection's thread has been logged by its own last act.
    let _ = thread.join();
}
