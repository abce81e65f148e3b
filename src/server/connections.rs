//! The connections of a server.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::budget::{Account, Relief};
use super::config::ConnectionLimits;
use super::eviction::{self, Eviction, Held, Holder};
use crate::address_rates::{AddressRates, Network};
use crate::handler::ConnectionHandle;
use crate::sync::lock;

/// The connections of a server.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<State>);

/// What the table can do with a connection.
pub(crate) trait Stop: Send + Sync + fmt::Debug {
    /// Lets the connection's thread end soon. Does not block.
    fn stop(&self);

    /// Returns a handle, if a connect handler has accepted the client. Takes no lock.
    fn handle(&self) -> Option<ConnectionHandle> {
        None
    }

    /// Returns what the buffers of the connection hold. Takes no lock.
    fn account(&self) -> Option<&Account> {
        None
    }

    /// Stops the connection to save memory. Drops what is queued, and does not block.
    fn evict(&self, _eviction: Eviction) {
        self.stop();
    }

    /// Returns what the connection has moved so far. Takes no lock.
    fn traffic(&self) -> Traffic {
        Traffic::default()
    }

    /// Returns whether the shutdown stops this connection after all others, because it carries what
    /// they send at their end.
    fn carries_others(&self) -> bool {
        false
    }
}

#[derive(Debug, Default)]
struct State {
    open: HashMap<u64, Entry>,
    /// The number of open connections of each address.
    by_address: HashMap<Network, usize>,
    arrivals: AddressRates,
    /// What closed connections moved.
    closed: Traffic,
    last_id: u64,
    opened_in_all: u64,
    refused: u64,
    evicted: u64,
    is_shut_down: bool,
}

#[derive(Debug)]
struct Entry {
    /// What the connection counts for, if anything.
    network: Option<Network>,
    /// `None` until the connection's thread has something to stop.
    stop: Option<Arc<dyn Stop>>,
}

/// What connections moved, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// In messages.
    pub(crate) dropped: u64,
}

/// Why a connection is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("there are {0} connections, as many as `ConnectionLimits::total` allows")]
    Full(usize),
    #[error("it has {0} connections, as many as `ConnectionLimits::per_address` allows")]
    FullForAddress(usize),
    #[error(
        "its address connects more than {0} times per second, \
         as often as `ConnectionLimits::accept_rate` allows"
    )]
    TooOften(u32),
    #[error("the server is shutting down")]
    ShutDown,
    #[error("the system gives no thread: {0}")]
    Thread(io::Error),
}

impl Connections {
    /// Adds a connection, and starts its thread by `spawn`, which gets the connection's number. The
    /// connection counts for `address`, if there is one.
    pub(crate) fn open(
        &self,
        limits: ConnectionLimits,
        address: Option<IpAddr>,
        spawn: impl FnOnce(u64) -> io::Result<()>,
    ) -> Result<(), Refused> {
        let network = address.map(Network::from);
        let id = self.enter(limits, network)?;
        // Not under the lock of the table, for which all threads that have just started would wait.
        spawn(id).map_err(|error| {
            lock(&self.0).opened_in_all -= 1;
            self.closed(id);
            Refused::Thread(error)
        })
    }

    /// Adds a connection whose thread has not been started. Returns its number.
    fn enter(&self, limits: ConnectionLimits, network: Option<Network>) -> Result<u64, Refused> {
        let mut state = lock(&self.0);
        // Counted before the socket is dropped: a peer that sees the close sees the count.
        state.check(limits, network).inspect_err(|_| state.refused += 1)?;
        state.last_id += 1;
        let id = state.last_id;
        state.opened_in_all += 1;
        state.count(network);
        state.open.insert(id, Entry { network, stop: None });
        Ok(id)
    }

    /// Lets a connection that counted for no address count for `address`.
    pub(crate) fn set_address(
        &self,
        id: u64,
        limits: ConnectionLimits,
        address: IpAddr,
    ) -> Result<(), Refused> {
        let network = Some(address.into());
        let mut state = lock(&self.0);
        state.check_address(limits, network).inspect_err(|_| state.refused += 1)?;
        let Some(entry) = state.open.get_mut(&id) else { return Err(Refused::ShutDown) };
        entry.network = network;
        state.count(network);
        Ok(())
    }

    /// Says how the shutdown stops a connection, in place of what was said before. Stops it at once
    /// if the shutdown has begun.
    pub(crate) fn set_stop(&self, id: u64, stop: Arc<dyn Stop>) {
        let is_shut_down = {
            let mut state = lock(&self.0);
            if let Some(entry) = state.open.get_mut(&id) {
                entry.stop = Some(Arc::clone(&stop));
            }
            state.is_shut_down
        };
        if is_shut_down {
            stop.stop();
        }
    }

    /// Removes a connection, which its thread has served to the end.
    pub(crate) fn closed(&self, id: u64) {
        let carriers = {
            let mut state = lock(&self.0);
            if let Some(entry) = state.open.remove(&id) {
                state.forget(entry.network);
                // In the same step, so that it is never counted twice, or not at all.
                if let Some(stop) = entry.stop {
                    state.closed.add(stop.traffic());
                }
            }
            state.carriers_to_stop()
        };
        carriers.iter().for_each(|carrier| carrier.stop());
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        lock(&self.0).is_shut_down
    }

    /// Refuses further connections, and stops all. Those that carry others stop when the last of
    /// the others has closed. Does not wait.
    pub(crate) fn shut_down(&self) {
        let (others, carriers) = {
            let mut state = lock(&self.0);
            state.is_shut_down = true;
            let stops = state.open.values().filter(|entry| !entry.carries_others());
            let others: Vec<_> = stops.filter_map(|entry| entry.stop.clone()).collect();
            (others, state.carriers_to_stop())
        };
        others.iter().chain(&carriers).for_each(|connection| connection.stop());
    }

    /// Returns what all connections moved, those that are closed included.
    pub(crate) fn traffic(&self) -> Traffic {
        let state = lock(&self.0);
        let mut traffic = state.closed;
        for stop in state.open.values().filter_map(|entry| entry.stop.as_ref()) {
            traffic.add(stop.traffic());
        }
        traffic
    }

    /// Returns handles of the connections that connect handlers have accepted, the oldest first.
    pub(crate) fn handles(&self) -> Vec<ConnectionHandle> {
        let state = lock(&self.0);
        let stops = state.open.iter().filter_map(|(id, entry)| Some((*id, entry.stop.as_ref()?)));
        let mut handles: Vec<_> =
            stops.filter_map(|(id, stop)| Some((id, stop.handle()?))).collect();
        drop(state);
        handles.sort_unstable_by_key(|(id, _)| *id);
        handles.into_iter().map(|(_, handle)| handle).collect()
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.0).open.len()
    }

    pub(crate) fn refused(&self) -> u64 {
        lock(&self.0).refused
    }

    pub(crate) fn evicted(&self) -> u64 {
        lock(&self.0).evicted
    }

    pub(crate) fn opened_in_all(&self) -> u64 {
        lock(&self.0).opened_in_all
    }
}

impl Relief for Connections {
    fn relieve(&self, limit: usize) {
        let chosen = {
            let mut state = lock(&self.0);
            let chosen = eviction::choose(state.held(), limit);
            // With the lock held, so that no other thread chooses them too.
            let accounts = chosen.iter().filter_map(|(connection, _)| connection.account());
            accounts.for_each(Account::close);
            state.evicted += chosen.len() as u64;
            chosen
        };
        for (connection, eviction) in chosen {
            connection.evict(eviction);
        }
    }
}

impl Traffic {
    const fn add(&mut self, other: Self) {
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.dropped += other.dropped;
    }
}

impl Entry {
    fn carries_others(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.carries_others())
    }
}

impl State {
    fn check(&mut self, limits: ConnectionLimits, network: Option<Network>) -> Result<(), Refused> {
        if self.is_shut_down {
            return Err(Refused::ShutDown);
        }
        if self.open.len() >= limits.total {
            return Err(Refused::Full(limits.total));
        }
        self.check_address(limits, network)
    }

    fn check_address(
        &mut self,
        limits: ConnectionLimits,
        network: Option<Network>,
    ) -> Result<(), Refused> {
        let Some(network) = network else { return Ok(()) };
        if self.by_address.get(&network).is_some_and(|&count| count >= limits.per_address) {
            return Err(Refused::FullForAddress(limits.per_address));
        }
        let admitted = self.arrivals.admit(network, limits.accept_rate, Instant::now());
        admitted.map(drop).ok_or(Refused::TooOften(limits.accept_rate))
    }

    /// Returns what each connection holds.
    fn held(&self) -> Vec<Held<Arc<dyn Stop>>> {
        let held = self.open.iter().filter_map(|(&id, entry)| {
            let stop = entry.stop.as_ref()?;
            let holder = entry.network.map_or(Holder::Connection(id), Holder::Network);
            Some(Held { holder, bytes: stop.account()?.held(), connection: Arc::clone(stop) })
        });
        held.filter(|held| held.bytes > 0).collect()
    }

    /// Returns the connections that carry others, if the shutdown has begun and no others are left.
    fn carriers_to_stop(&self) -> Vec<Arc<dyn Stop>> {
        if !self.is_shut_down || self.open.values().any(|entry| !entry.carries_others()) {
            return Vec::new();
        }
        self.open.values().filter_map(|entry| entry.stop.clone()).collect()
    }

    fn count(&mut self, network: Option<Network>) {
        if let Some(network) = network {
            *self.by_address.entry(network).or_default() += 1;
        }
    }

    fn forget(&mut self, network: Option<Network>) {
        let Some(network) = network else { return };
        if let Some(count) = self.by_address.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::IpAddr;

    use super::{ConnectionLimits, Connections, Refused, lock};

    const ADDRESS: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[test]
    fn without_a_thread_a_connection_counts_for_nothing() {
        let connections = Connections::default();
        let no_thread = |_| Err(io::Error::other("no thread"));
        let opened = connections.open(ConnectionLimits::default(), ADDRESS, no_thread);
        assert!(matches!(opened, Err(Refused::Thread(_))));
        assert_eq!((connections.len(), connections.opened_in_all()), (0, 0));
        assert!(lock(&connections.0).by_address.is_empty());
    }
}
