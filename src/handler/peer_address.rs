//! The address of a client.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::peer_log::LogSubject;

/// The address of a client. Prints as `192.0.2.7:50123` or `unix`.
///
/// ```
/// use rendercast::{Connection, PeerAddress};
///
/// fn is_at_home(connection: &Connection) -> bool {
///     match connection.peer_address() {
///         PeerAddress::Socket(address) => address.ip().is_loopback(),
///         PeerAddress::Unix => true,
///         _ => false,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeerAddress {
    /// An IP address and a port. A client that connects over IPv4 has an IPv4 address, even if the
    /// server listens on `[::]`.
    Socket(SocketAddr),
    /// A process on this machine that connects over a Unix socket. It has no address.
    Unix,
}

impl PeerAddress {
    /// Returns the IP address. Returns `None` for a Unix socket.
    #[must_use]
    pub const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Socket(address) => Some(address.ip()),
            Self::Unix => None,
        }
    }
}

/// An IPv4 address that is mapped into IPv6 becomes IPv4.
impl From<SocketAddr> for PeerAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Socket(match address.ip().to_canonical() {
            IpAddr::V4(ip) => SocketAddr::from((ip, address.port())),
            // Keeps the scope.
            IpAddr::V6(_) => address,
        })
    }
}

impl LogSubject for PeerAddress {
    fn ip(&self) -> Option<IpAddr> {
        Self::ip(*self)
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::PeerAddress;

    #[test]
    fn ipv4_in_ipv6_is_told_as_ipv4() {
        for (address, text) in [
            ("192.0.2.7:1", "192.0.2.7:1"),
            ("[::ffff:192.0.2.7]:1", "192.0.2.7:1"),
            ("[2001:db8::7]:1", "[2001:db8::7]:1"),
            ("[fe80::7%2]:1", "[fe80::7%2]:1"),
        ] {
            let address: SocketAddr = address.parse().expect("an address");
            assert_eq!(PeerAddress::from(address).to_string(), text);
        }
    }
}
