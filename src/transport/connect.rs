//! Connecting a socket to a host by name.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use super::{Kind, Socket};
use crate::threads;

/// The name of the thread that waits for the system's resolver.
const RESOLVER_THREAD: &str = "rtmp-resolve";

/// Says why no address of a host took a connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// The host has no address.
    Resolve(io::Error),
    /// An address refused, or the socket could not be set up.
    Refused(io::Error),
    /// The deadline passed.
    TimedOut,
}

/// Connects to the first address of `host` that takes a connection on `port`.
///
/// Blocks until `deadline` at most, for the resolver and for all addresses together. The
/// `write_timeout` is that of [`Socket::new`].
pub(crate) fn connect(
    host: &str,
    port: u16,
    deadline: Instant,
    write_timeout: Duration,
) -> Result<Socket, ConnectError> {
    let addresses = resolve(host, port, deadline)?;
    let socket = connect_to_any(&addresses, deadline)?;
    Socket::new(socket.into(), Kind::Tcp, write_timeout).map_err(ConnectError::Refused)
}

/// Returns the addresses of a host, in the system's order of preference.
///
/// The system's resolver knows no deadline, so it runs on a thread of its own. If it is late, the
/// thread is left behind and ends when the resolver gives up.
fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let host = host.to_owned();
    let look_up = move || {
        // Nothing receives it after the deadline.
        let _ = sender.send((host.as_str(), port).to_socket_addrs().map(Vec::from_iter));
    };
    let thread = threads::spawn(RESOLVER_THREAD.to_owned(), look_up);
    let thread = thread.map_err(ConnectError::Resolve)?;
    let resolved = receiver.recv_deadline(deadline).map_err(|_| ConnectError::TimedOut)?;
    let _ = thread.join();
    resolved.map_err(ConnectError::Resolve)
}

/// Tries one address after the other. Each gets an equal share of the time that is left, so that an
/// address that never answers leaves some for the next.
fn connect_to_any(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, ConnectError> {
    let no_address = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    let mut failure = ConnectError::Resolve(no_address);
    for (address, addresses_left) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
        let left = deadline.saturating_duration_since(Instant::now()) / addresses_left;
        if left.is_zero() {
            return Err(ConnectError::TimedOut);
        }
        match TcpStream::connect_timeout(address, left) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                failure = ConnectError::TimedOut;
            }
            Err(error) => failure = ConnectError::Refused(error),
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};
    use std::time::{Duration, Instant};

    use socket2::{Domain, Socket, Type};

    use super::{ConnectError, connect, connect_to_any};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// An address on which nothing listens as long as the socket lives.
    fn closed() -> (Socket, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        (socket, address)
    }

    #[test]
    fn a_host_is_found_by_name_and_by_address() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            connect(host, port, Instant::now() + PATIENCE, PATIENCE).expect(host);
        }
    }

    #[test]
    fn the_addresses_of_a_host_are_tried_one_after_the_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        let (_closed, closed) = closed();
        let socket = connect_to_any(&[closed, open], Instant::now() + PATIENCE).unwrap();
        assert_eq!(socket.peer_addr().unwrap(), open);
    }

    #[test]
    fn the_reason_of_a_failure_is_told() {
        let deadline = Instant::now() + PATIENCE;
        let error = connect("host.invalid", 1935, deadline, PATIENCE).unwrap_err();
        assert!(matches!(error, ConnectError::Resolve(_)), "{error:?}");
        let (_closed, closed) = closed();
        let error = connect("127.0.0.1", closed.port(), deadline, PATIENCE).unwrap_err();
        assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
        let error = connect("localhost", closed.port(), Instant::now(), PATIENCE).unwrap_err();
        assert!(matches!(error, ConnectError::TimedOut), "{error:?}");
    }
}
