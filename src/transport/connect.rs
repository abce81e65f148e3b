//! Connecting a socket to a host by name.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Type};

use super::interrupter::{Held, Interrupter};
use super::resolver::{ResolveError, SYSTEM};
use super::{Kind, Socket, SocketOptions};

/// Says why no address of a host took a connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// The host has no address.
    Resolve(io::Error),
    /// An address refused, or the socket could not be set up.
    Refused(io::Error),
    /// The deadline passed.
    TimedOut,
    /// Another thread has interrupted it.
    Interrupted,
}

/// Connects to the first address of `host` that takes a connection on `port`.
///
/// Blocks until `deadline` at most, for the resolver and for all addresses together, or until the
/// interrupter ends that. It holds the socket afterwards. Blocking sends wait for `write_timeout`.
pub(crate) fn connect(
    (host, port): (&str, u16),
    deadline: Instant,
    write_timeout: Duration,
    interrupter: &Interrupter,
) -> Result<Socket, ConnectError> {
    let connected = resolve(host, port, deadline, interrupter)
        .and_then(|addresses| connect_to_any(&addresses, deadline, interrupter));
    let socket = connected.map_err(|error| match interrupter.is_interrupted() {
        true => ConnectError::Interrupted,
        false => error,
    })?;
    let options = SocketOptions { write_timeout, send_buffer_bytes: 0 };
    Socket::set(socket, Kind::Tcp, options).map_err(ConnectError::Refused)
}

/// Returns the addresses of a host, in the system's order of preference.
fn resolve(
    host: &str,
    port: u16,
    deadline: Instant,
    interrupter: &Interrupter,
) -> Result<Vec<SocketAddr>, ConnectError> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let (pending, waiter) = SYSTEM.look_up(host).map_err(ConnectError::Resolve)?;
    interrupter.hold(Held::Lookup(waiter));
    let mut addresses = pending.wait(deadline).map_err(|error| match error {
        ResolveError::Failed(error) => ConnectError::Resolve(error),
        ResolveError::TimedOut => ConnectError::TimedOut,
        ResolveError::Interrupted => ConnectError::Interrupted,
    })?;
    addresses.iter_mut().for_each(|address| address.set_port(port));
    Ok(addresses)
}

/// Tries one address after the other. Each gets an equal share of the time that is left, so that an
/// address that never answers leaves some for the next.
fn connect_to_any(
    addresses: &[SocketAddr],
    deadline: Instant,
    interrupter: &Interrupter,
) -> Result<socket2::Socket, ConnectError> {
    let no_address = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    let mut failure = ConnectError::Resolve(no_address);
    for (address, addresses_left) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
        let left = deadline.saturating_duration_since(Instant::now()) / addresses_left;
        if left.is_zero() {
            return Err(ConnectError::TimedOut);
        }
        match connect_to(*address, left, interrupter) {
            Ok(socket) => return Ok(socket),
            Err(_) if interrupter.is_interrupted() => return Err(ConnectError::Interrupted),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                failure = ConnectError::TimedOut;
            }
            Err(error) => failure = ConnectError::Refused(error),
        }
    }
    Err(failure)
}

fn connect_to(
    address: SocketAddr,
    timeout: Duration,
    interrupter: &Interrupter,
) -> io::Result<socket2::Socket> {
    let socket =
        socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    interrupter.hold(Held::Socket(socket.try_clone()?));
    // To shut down a socket that does not connect yet need not have an effect.
    if interrupter.is_interrupted() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    socket.connect_timeout(&address.into(), timeout)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};
    use std::time::{Duration, Instant};

    use socket2::{Domain, Socket, Type};

    use super::{ConnectError, Interrupter, connect, connect_to_any};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// An address on which nothing listens as long as the socket lives.
    fn closed() -> (Socket, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        (socket, address)
    }

    fn connect_by(host: &str, port: u16, deadline: Instant) -> Result<super::Socket, ConnectError> {
        connect((host, port), deadline, PATIENCE, &Interrupter::default())
    }

    /// A listener that answers no further connection: its backlog is full.
    #[cfg(target_os = "linux")]
    fn silent() -> (Socket, Vec<Socket>, SocketAddr) {
        let (listener, address) = closed();
        listener.listen(0).unwrap();
        let connections = [(); 4].map(|()| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            let _ = socket.connect_timeout(&address.into(), Duration::from_millis(100));
            socket
        });
        (listener, connections.into(), address)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_interruption_ends_a_connect_at_once() {
        let (_listener, _connections, address) = silent();
        let (interrupter, began) = (Interrupter::default(), Instant::now());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(20));
                interrupter.interrupt();
            });
            let deadline = began + 20 * PATIENCE;
            let error = connect(("127.0.0.1", address.port()), deadline, PATIENCE, &interrupter)
                .unwrap_err();
            assert!(matches!(error, ConnectError::Interrupted), "{error:?}");
        });
        assert!(began.elapsed() < PATIENCE, "it took {:?}", began.elapsed());
        // One that was interrupted before does not begin.
        let error =
            connect(("localhost", address.port()), began + PATIENCE, PATIENCE, &interrupter);
        assert!(matches!(error.unwrap_err(), ConnectError::Interrupted));
    }

    #[test]
    fn after_an_interruption_no_connect_begins() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let interrupter = Interrupter::default();
        interrupter.interrupt();
        let error = connect(("127.0.0.1", port), Instant::now() + PATIENCE, PATIENCE, &interrupter)
            .unwrap_err();
        assert!(matches!(error, ConnectError::Interrupted), "{error:?}");
        // A connection would be there by now: its two ends are on one machine.
        assert!(listener.accept().is_err());
    }

    #[test]
    fn a_host_is_found_by_name_and_by_address() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            connect_by(host, port, Instant::now() + PATIENCE).expect(host);
        }
    }

    #[test]
    fn the_addresses_of_a_host_are_tried_one_after_the_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        let (_closed, closed) = closed();
        let (deadline, interrupter) = (Instant::now() + PATIENCE, Interrupter::default());
        let socket = connect_to_any(&[closed, open], deadline, &interrupter).unwrap();
        assert_eq!(socket.peer_addr().unwrap().as_socket(), Some(open));
    }

    #[test]
    fn the_reason_of_a_failure_is_told() {
        let deadline = Instant::now() + PATIENCE;
        let error = connect_by("host.invalid", 1935, deadline).unwrap_err();
        assert!(matches!(error, ConnectError::Resolve(_)), "{error:?}");
        let (_closed, closed) = closed();
        let error = connect_by("127.0.0.1", closed.port(), deadline).unwrap_err();
        assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
        let error = connect_by("localhost", closed.port(), Instant::now()).unwrap_err();
        assert!(matches!(error, ConnectError::TimedOut), "{error:?}");
    }
}
