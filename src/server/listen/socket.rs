//! The listening socket, TCP or Unix.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::address::Place;
use super::unix_path::UnixPath;
use crate::handler::PeerAddress;
use crate::transport::{Kind, SocketOptions};

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
}

impl ListeningSocket {
    /// `options` are those of the sockets that will be accepted.
    pub(crate) fn bind(place: &Place, options: SocketOptions) -> io::Result<Self> {
        match place {
            Place::Socket(address) => {
                let socket = bind_tcp(*address)?;
                options.set_before_accepts(&socket, Kind::Tcp)?;
                socket.listen(BACKLOG)?;
                let bound = socket.local_addr()?.as_socket().unwrap_or(*address);
                let place = Place::Socket(bound);
                Ok(Self { _path: None, socket, kind: Kind::Tcp, place })
            }
            Place::Unix(path) => {
                let (socket, guard) = UnixPath::bind(path)?;
                socket.listen(BACKLOG)?;
                let place = Place::Unix(path.clone());
                Ok(Self { _path: Some(guard), socket, kind: Kind::Unix, place })
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

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::{Kind, ListeningSocket, Place, SocketOptions};
    use crate::transport::Socket;

    #[test]
    fn accepted_sockets_have_their_options() {
        let options =
            SocketOptions { write_timeout: Duration::from_secs(7), send_buffer_bytes: 48 << 10 };
        let place = Place::Socket("127.0.0.1:0".parse().unwrap());
        let listening = ListeningSocket::bind(&place, options).unwrap();
        let Place::Socket(address) = listening.place() else { panic!("{listening:?}") };
        let _client = TcpStream::connect(address).unwrap();
        let socket = listening.accept().unwrap().0;
        let same = socket.try_clone().unwrap();
        let _taken_over = Socket::accepted(socket, Kind::Tcp, options).unwrap();
        assert!(same.tcp_nodelay().unwrap() && same.keepalive().unwrap());
        assert_eq!(same.write_timeout().unwrap(), Some(options.write_timeout));
        assert_eq!(same.read_timeout().unwrap(), None);
        #[cfg(target_os = "linux")]
        {
            // Linux doubles it for its own needs.
            assert_eq!(same.send_buffer_size().unwrap(), 2 * options.send_buffer_bytes);
            assert_eq!(same.tcp_keepalive_time().unwrap(), Duration::from_secs(30));
            assert_eq!(same.tcp_keepalive_interval().unwrap(), Duration::from_secs(10));
            assert_eq!(same.tcp_keepalive_retries().unwrap(), 3);
        }
    }
}
