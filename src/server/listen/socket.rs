//! The listening socket, TCP or Unix.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::address::Place;
use super::unix_path::UnixPath;
use crate::handler::PeerAddress;
use crate::transport;

/// The number of connections that may wait to be accepted. The system may allow fewer.
const BACKLOG: i32 = 4096;

/// How long the connection that ends an accept may take to connect.
const KNOCK: Duration = Duration::from_secs(1);

/// A socket that listens.
#[derive(Debug)]
pub(crate) struct ListeningSocket {
    /// Dropped before the socket, so that it cannot remove the file of another socket.
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

    /// Returns the address of the socket, with the port that the system chose.
    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) const fn socket(&self) -> &Socket {
        &self.socket
    }

    pub(crate) const fn kind(&self) -> transport::Kind {
        self.kind
    }

    pub(crate) fn accept(&self) -> io::Result<(Socket, PeerAddress)> {
        let (socket, peer) = self.socket.accept()?;
        Ok((socket, peer.as_socket().map_or(PeerAddress::Unix, PeerAddress::from)))
    }

    /// Ends a waiting accept. On Linux a shutdown of the socket does. Elsewhere a connection of our
    /// own does. Both together could connect to the next process that listens there.
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
    // Otherwise a restarted server must wait until the connections of the last one time out. On
    // Windows the option means something else, and is not needed.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // The default differs between systems.
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Returns the address at which this machine reaches a socket that listens on `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
