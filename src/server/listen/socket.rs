//! The listening socket, TCP or Unix.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::address::Place;
use super::unix_path::UnixPath;
use crate::handler::PeerAddress;
use crate::transport::{Kind, MAY_INHERIT, SocketOptions, is_set};

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
    kind: Kind,
    place: Place,
    /// Whether accepted sockets have their options from the start. Known once one was accepted.
    are_inherited: OnceLock<bool>,
}

impl ListeningSocket {
    /// `options` are those of the sockets that will be accepted.
    pub(crate) fn bind(place: &Place, options: SocketOptions) -> io::Result<Self> {
        let are_inherited = OnceLock::new();
        match place {
            Place::Socket(address) => {
                let socket = bind_tcp(*address)?;
                if MAY_INHERIT {
                    // Seven system calls fewer for each connection.
                    options.set(&socket, Kind::Tcp)?;
                }
                socket.listen(BACKLOG)?;
                let bound = socket.local_addr()?.as_socket().unwrap_or(*address);
                let place = Place::Socket(bound);
                Ok(Self { _path: None, socket, kind: Kind::Tcp, place, are_inherited })
            }
            Place::Unix(path) => {
                let (socket, guard) = UnixPath::bind(path)?;
                socket.listen(BACKLOG)?;
                let place = Place::Unix(path.clone());
                Ok(Self { _path: Some(guard), socket, kind: Kind::Unix, place, are_inherited })
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

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn accept(&self) -> io::Result<(Socket, PeerAddress)> {
        let (socket, peer) = self.socket.accept()?;
        Ok((socket, peer.as_socket().map_or(PeerAddress::Unix, PeerAddress::from)))
    }

    /// Returns whether an accepted socket has its options, because it has inherited them. A sandbox
    /// may call itself Linux and hand none on, as gVisor does.
    pub(crate) fn has_options(&self, accepted: &Socket) -> bool {
        let are_inherited = || *self.are_inherited.get_or_init(|| is_set(accepted));
        MAY_INHERIT && self.kind == Kind::Tcp && are_inherited()
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::{Kind, ListeningSocket, Place, Socket, SocketOptions};

    const OPTIONS: SocketOptions =
        SocketOptions { write_timeout: Duration::from_secs(7), send_buffer_bytes: 48 << 10 };

    fn accepted(listening: &ListeningSocket) -> Socket {
        let Place::Socket(address) = listening.place() else { panic!("{listening:?}") };
        let _client = TcpStream::connect(address).unwrap();
        listening.accept().unwrap().0
    }

    fn place() -> Place {
        Place::Socket("127.0.0.1:0".parse().unwrap())
    }

    #[test]
    fn accepted_sockets_have_their_options() {
        let listening = ListeningSocket::bind(&place(), OPTIONS).unwrap();
        let socket = accepted(&listening);
        assert!(listening.has_options(&socket));
        assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(30));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(10));
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
        assert_eq!(socket.write_timeout().unwrap(), Some(OPTIONS.write_timeout));
        assert_eq!(socket.read_timeout().unwrap(), None);
        // Linux doubles it for its own needs.
        assert_eq!(socket.send_buffer_size().unwrap(), 2 * OPTIONS.send_buffer_bytes);
    }

    #[test]
    fn sockets_that_inherit_nothing_are_found_out() {
        let listening = ListeningSocket::bind(&place(), OPTIONS).unwrap();
        let socket = accepted(&listening);
        OPTIONS.set(&socket, Kind::Tcp).unwrap();
        socket.set_keepalive(false).unwrap();
        assert!(!listening.has_options(&socket));
        assert!(!listening.has_options(&accepted(&listening)), "it is asked once");
    }
}
