//! The accept loop of one listener (`rtmp-accept`).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::opening::Arrival;
use super::{descriptor_table, entry};
use crate::peer_log::peer_log;
use crate::protocol::url::Scheme;
use crate::server::connections::Refused;
use crate::server::listen::ListenAddress;
use crate::server::listen::socket::ListeningSocket;
use crate::server::spare_descriptors::is_out_of_descriptors;
use crate::server::state::ServerState;
use crate::threads;

/// How long the loop pauses after a failed accept. It would spin otherwise.
const BACK_OFF: Duration = Duration::from_millis(50);

/// How often a loop that cannot accept says so.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// One listener and its thread.
#[derive(Debug)]
pub(crate) struct Acceptor {
    socket: Arc<ListeningSocket>,
    address: ListenAddress,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Acceptor {
    pub(crate) fn start(shared: Arc<ServerState>, wanted: &ListenAddress) -> io::Result<Self> {
        let socket =
            Arc::new(ListeningSocket::bind(&wanted.place, shared.config.queues.socket_options())?);
        let scheme = wanted.scheme;
        let address =
            ListenAddress { scheme, is_bare: wanted.is_bare, place: socket.place().clone() };
        descriptor_table::make_room(socket.socket(), shared.config.connections.total);
        let is_stopping = Arc::new(AtomicBool::new(false));
        let thread = {
            let (socket, is_stopping) = (Arc::clone(&socket), Arc::clone(&is_stopping));
            let stack_bytes = shared.config.stack_bytes;
            let counted = shared.spare_descriptors.add_loop();
            let run = move || {
                let _counted = counted;
                accept_loop(&shared, &socket, scheme, &is_stopping);
            };
            threads::spawn_with_stack("rtmp-accept".to_owned(), stack_bytes, run)?
        };
        Ok(Self { socket, address, is_stopping, thread: Some(thread) })
    }

    pub(crate) const fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// Stops accepting. Blocks until the thread has ended.
    pub(crate) fn stop(mut self) {
        self.is_stopping.store(true, Ordering::Release);
        self.socket.stop();
        // The panic hook has reported a panic on the thread.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn accept_loop(
    shared: &Arc<ServerState>,
    listening: &ListeningSocket,
    scheme: Scheme,
    is_stopping: &AtomicBool,
) {
    let mut reported_at: Option<Instant> = None;
    while !is_stopping.load(Ordering::Acquire) {
        let accepted = match listening.accept() {
            // Linux reports this before a connection comes. So the second accept waits for one.
            Err(error)
                if is_out_of_descriptors(&error)
                    && !is_stopping.load(Ordering::Acquire)
                    && shared.spare_descriptors.give_up() =>
            {
                listening.accept()
            }
            accepted => accepted,
        };
        match accepted {
            _ if is_stopping.load(Ordering::Acquire) => return,
            Ok((socket, peer)) if !shared.spare_descriptors.refill() => {
                drop(socket);
                shared.spare_descriptors.refill();
                peer_log!(Warn, peer, "closed at once: no descriptor is left for it (ulimit -n)");
            }
            Ok((socket, peer)) => {
                let (kind, at) = (listening.kind(), Instant::now());
                let is_set = listening.has_options(&socket);
                take_in(shared, Arrival { socket, kind, is_set, peer, scheme, at });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if reported_at.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL) {
                    peer_log!(Warn, "a listener", "accepting fails, and is tried again: {error}");
                    reported_at = Some(Instant::now());
                }
                shared.spare_descriptors.refill();
                thread::sleep(BACK_OFF);
            }
        }
    }
}

/// Returns whether an error concerns one connection, which was gone before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Starts the thread of a connection, unless a limit refuses it.
fn take_in(shared: &Arc<ServerState>, arrival: Arrival) {
    let config = &shared.config;
    let peer = arrival.peer;
    let limits = config.connections;
    // A proxy sends many clients. Each counts for its own address, once the proxy has named it.
    let address = if config.is_proxy(peer) { None } else { peer.ip() };
    let opened = shared.connections.open(limits, address, |id| {
        let (shared, pool) = (Arc::clone(shared), &shared.pool);
        // On the heap it is gone once the connection is opened. What a new thread gets itself is
        // moved through several frames of its stack.
        let arrival = Box::new(arrival);
        let run = move || entry::run(&shared, id, arrival);
        pool.spawn(format_args!("rtmp-conn-{id}"), run)
    });
    match opened {
        Ok(()) | Err(Refused::ShutDown) => {}
        Err(refused @ Refused::Thread(_)) => peer_log!(Error, peer, "closed at once: {refused}"),
        Err(refused) => peer_log!(Warn, peer, "closed at once: {refused}"),
    }
}
