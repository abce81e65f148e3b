//! The listening socket, TCP or Unix.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::address::Place;
use super::unix_path::UnixPath;
use crate::handler::PeerAddress;
use crate::transport;

/// How many connections may wait to be accepted: as many as the system lets us have.
const BACKLOG: i32 = 4096;

/// How long the connection that ends an accept may take.
const KNOCK: Duration = Duration::from_secs(1);

/// A socket that listens.
#[derive(Debug)]
pub(crate) struct ListeningSocket {
    /// Removed before the socket is: until then no other file is mistaken for its own.
    _path: Option<UnixPath>,
    socket: Socket,
    kind: transport::Kind,
    place: Place,
}

impl ListeningSocket {
    pub(crate) fn bind(place: &Place) -> io::Result<Self> {
        match place {
            Place::Socket(address) => {
                let socket = bind_tcp(*address)?;
                socket.listen(BACKLOG)?;
                let bound = socket.local_addr()?.as_socket().unwrap_or(*address);
                let place = Place::Socket(bound);
                Ok(Self { _path: None, socket, kind: transport::Kind::Tcp, place })
            }
            Place::Unix(path) => {
                let (socket, guard) = UnixPath::bind(path)?;
                socket.listen(BACKLOG)?;
                let place = Place::Unix(path.clone());
                Ok(Self { _path: Some(guard), socket, kind: transport::Kind::Unix, place })
            }
        }
    }

    /// Where it listens, with the port that it got.
    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) const fn kind(&self) -> transport::Kind {
        self.kind
    }

    pub(crate) fn accept(&self) -> io::Result<(Socket, PeerAddress)> {
        let (socket, peer) = self.socket.accept()?;
        Ok((socket, peer.as_socket().map_or(PeerAddress::Unix, PeerAddress::from)))
    }

    /// Ends a waiting accept: on Linux the shutdown does, elsewhere a connection of our own. Not both:
    /// that might come to a successor's door.
    pub(crate) fn stop(&self) {
        let is_stopped = self.socket.shutdown(Shutdown::Both).is_ok();
        if !(is_stopped && cfg!(any(target_os = "linux", target_os = "android"))) {
            let _ = self.knock();
        }
    }

    fn knock(&self) -> io::Result<()> {
        let address = match &self.place {
            Place::Socket(address) => reachable(*address).into(),
            Place::Unix(path) => SockAddr::unix(path)?,
        };
        let socket = Socket::new(address.domain(), Type::STREAM, None)?;
        socket.connect_timeout(&address, KNOCK)
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Else a restarted server waits for its predecessor's connections to time out. On Windows the
    // option means something else, and is not needed.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // Systems differ in what they take for granted.
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Where a listener that listens everywhere is reached from here.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
