//! The connections of a server, and their threads.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, ThreadId};

use super::link::Link;
use crate::handler::{link::ConnectionLink, lock};

/// The connections of a server. Each thread is joined: at its end by the next that ends, the last
/// ones by the shutdown.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<State>);

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
    address: IpAddr,
    link: Option<Arc<Link>>,
    /// None once a shutdown joins it.
    thread: Option<JoinHandle<()>>,
    thread_id: ThreadId,
}

/// What connections moved, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    /// In messages.
    pub(super) dropped: u64,
}

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) connections: usize,
    pub(super) per_address: usize,
}

/// Why a connection is not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// There are as many as `connections` allows.
    Full,
    /// There are as many from this address as `connections_per_address` allows.
    FullForAddress,
    /// The server is shutting down.
    ShutDown,
    /// The system gives no thread.
    Thread(std::io::Error),
}

impl Registry {
    /// Adds a connection from `address` whose thread `spawn` starts, given the connection's number.
    pub(super) fn open(
        &self,
        limits: Limits,
        address: IpAddr,
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
        *state.by_address.entry(address).or_default() += 1;
        let thread_id = thread.thread().id();
        state.open.insert(id, Entry { address, link: None, thread: Some(thread), thread_id });
        Ok(())
    }

    /// Makes a connection known to the shutdown.
    pub(super) fn set_link(&self, id: u64, link: &Arc<Link>) {
        let mut state = lock(&self.0);
        let is_shut_down = state.is_shut_down;
        if let Some(entry) = state.open.get_mut(&id) {
            entry.link = Some(Arc::clone(link));
        }
        drop(state);
        if is_shut_down {
            link.close();
        }
    }

    /// A connection's thread is at its end.
    pub(super) fn closed(&self, id: u64) {
        let former = {
            let mut state = lock(&self.0);
            state.open.remove(&id).and_then(|entry| {
                state.forget(entry.address);
                // In one step: at no moment is it counted twice, or not at all.
                if let Some(link) = &entry.link {
                    state.closed.add(link);
                }
                entry.thread.and_then(|thread| state.last_ended.replace(thread))
            })
        };
        join(former);
    }

    pub(super) fn is_shut_down(&self) -> bool {
        lock(&self.0).is_shut_down
    }

    /// Ends all connections, and joins their threads, but for that which calls; no more are taken.
    pub(super) fn shut_down(&self) {
        let (links, threads) = {
            let mut state = lock(&self.0);
            state.is_shut_down = true;
            let links: Vec<_> =
                state.open.values().filter_map(|entry| entry.link.clone()).collect();
            (links, state.take_threads())
        };
        for link in links {
            link.close();
        }
        for thread in threads {
            join(Some(thread));
        }
    }

    /// Whether a connection's thread calls this.
    pub(super) fn is_called_by_a_connection(&self) -> bool {
        let this = thread::current().id();
        lock(&self.0).open.values().any(|entry| entry.thread_id == this)
    }

    /// What all connections moved, those that are closed included.
    pub(super) fn figures(&self) -> Figures {
        let state = lock(&self.0);
        let mut figures = state.closed;
        for link in state.open.values().filter_map(|entry| entry.link.as_deref()) {
            figures.add(link);
        }
        figures
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.0).open.len()
    }

    pub(super) fn refused(&self) -> u64 {
        lock(&self.0).refused
    }

    pub(super) fn opened_in_all(&self) -> u64 {
        lock(&self.0).opened_in_all
    }
}

impl Figures {
    fn add(&mut self, link: &Link) {
        self.bytes_in += link.received.bytes.load(Ordering::Relaxed);
        self.bytes_out += link.outbox.bytes_sent();
        self.dropped += link.outbox.dropped();
    }
}

impl State {
    /// The threads to be joined. That which calls stays, for a later shutdown to join.
    fn take_threads(&mut self) -> Vec<JoinHandle<()>> {
        let this = thread::current().id();
        let others = self.open.values_mut().filter(|entry| entry.thread_id != this);
        let mut threads: Vec<_> = others.filter_map(|entry| entry.thread.take()).collect();
        threads.extend(self.last_ended.take());
        threads
    }

    fn check(&self, limits: Limits, address: IpAddr) -> Result<(), Refused> {
        if self.is_shut_down {
            return Err(Refused::ShutDown);
        }
        if self.open.len() >= limits.connections {
            return Err(Refused::Full);
        }
        let of_address = self.by_address.get(&address).copied().unwrap_or_default();
        if of_address >= limits.per_address {
            return Err(Refused::FullForAddress);
        }
        Ok(())
    }

    fn forget(&mut self, address: IpAddr) {
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
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
