//! The accept loop of one listener (`rtmp-accept`).

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::connection;
use super::rate_meter::RateMeter;
use super::registry::{Limits, Refused};
use super::shared::Shared;

/// How many connections may wait to be accepted: as many as the system lets us have.
const BACKLOG: i32 = 4096;

/// How long the loop rests after a failed accept: out of descriptors, it would spin otherwise.
const BACK_OFF: Duration = Duration::from_millis(50);

/// One listener and its thread.
#[derive(Debug)]
pub(super) struct Listener {
    socket: Arc<TcpListener>,
    address: SocketAddr,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(super) fn start(shared: Arc<Shared>, address: SocketAddr) -> io::Result<Self> {
        let socket = Arc::new(bind(address)?);
        let is_stopping = Arc::new(AtomicBool::new(false));
        let thread = {
            let (socket, is_stopping) = (Arc::clone(&socket), Arc::clone(&is_stopping));
            thread::Builder::new()
                .name("rtmp-accept".to_owned())
                .stack_size(shared.config.stack_bytes)
                .spawn(move || accept_loop(&shared, &socket, &is_stopping))?
        };
        let address = socket.local_addr()?;
        Ok(Self { socket, address, is_stopping, thread: Some(thread) })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, and joins the thread.
    pub(super) fn stop(mut self) {
        self.is_stopping.store(true, Ordering::Release);
        // On Linux this ends a waiting accept; elsewhere a connection of our own does.
        let _ = socket2::SockRef::from(&*self.socket).shutdown(std::net::Shutdown::Both);
        let _ = TcpStream::connect_timeout(&reachable(self.address), Duration::from_secs(1));
        // A panic on the thread has been reported by its hook.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    // Else a restarted server waits for its predecessor's connections to time out. On Windows the
    // option means something else, and is not needed.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn accept_loop(shared: &Arc<Shared>, socket: &TcpListener, is_stopping: &AtomicBool) {
    let mut meter = RateMeter::new(shared.config.accept_rate, Instant::now());
    while !is_stopping.load(Ordering::Acquire) {
        match socket.accept() {
            _ if is_stopping.load(Ordering::Acquire) => return,
            Ok((stream, peer)) => {
                open(shared, stream, peer);
                thread::sleep(meter.count(Instant::now()));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                log::warn!("accepting a connection failed, and is tried again: {error}");
                thread::sleep(BACK_OFF);
            }
        }
    }
}

/// Such a connection was gone before it was accepted; the next is a matter of its own.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

fn open(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    let config = &shared.config;
    let limits =
        Limits { connections: config.connections, per_address: config.connections_per_address };
    let opened = shared.registry.open(limits, peer.ip(), |id| {
        let shared = Arc::clone(shared);
        thread::Builder::new()
            .name(format!("rtmp-conn-{id}"))
            .stack_size(config.stack_bytes)
            .spawn(move || connection::run(&shared, id, stream, peer))
    });
    let Err(refused) = opened else { return };
    match refused {
        Refused::Full => log::warn!(
            "{peer}: closed at once: there are {} connections, as many as `connections` allows",
            limits.connections
        ),
        Refused::FullForAddress => log::warn!(
            "{peer}: closed at once: it has {} connections, as many as `connections_per_address` \
             allows",
            limits.per_address
        ),
        Refused::Thread(error) => log::error!("{peer}: closed at once: no thread: {error}"),
        Refused::ShutDown => {}
    }
}

/// Where a listener that listens everywhere is reached from here.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
