//! The addresses of proxies.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::handler::PeerAddress;

/// The address of a proxy, for [`ServerConfig::proxies`](crate::ServerConfig::proxies).
///
/// It is an IP address (`192.0.2.7`), a network (`10.0.0.0/8`, `2001:db8::/32`), or `unix`, which
/// means every peer that connects to a Unix socket of this server.
///
/// ```
/// use rendercast::{ProxyAddress, ServerConfig};
///
/// let inside: ProxyAddress = "10.0.0.0/8".parse()?;
/// let config = ServerConfig::default().proxies([inside, "unix".parse()?]);
/// # Ok::<(), rendercast::ProxyAddressError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyAddress(Peers);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peers {
    /// The peers whose first `bits` bits are those of `network`. Its other bits are zero.
    V4 {
        network: u32,
        bits: u8,
    },
    V6 {
        network: u128,
        bits: u8,
    },
    Unix,
}

/// A text is not the address of a proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not the address of a proxy; write 192.0.2.7, 10.0.0.0/8, or unix")]
pub struct ProxyAddressError(String);

impl ProxyAddress {
    pub(crate) const fn contains(self, peer: PeerAddress) -> bool {
        match (self.0, peer.ip()) {
            (Peers::Unix, None) => true,
            (Peers::V4 { network, bits }, Some(IpAddr::V4(ip))) => {
                network == ip.to_bits() & mask_v4(bits)
            }
            (Peers::V6 { network, bits }, Some(IpAddr::V6(ip))) => {
                network == ip.to_bits() & mask_v6(bits)
            }
            _ => false,
        }
    }

    const fn network(ip: IpAddr, bits: u8) -> Self {
        Self(match ip {
            IpAddr::V4(ip) => Peers::V4 { network: ip.to_bits() & mask_v4(bits), bits },
            IpAddr::V6(ip) => Peers::V6 { network: ip.to_bits() & mask_v6(bits), bits },
        })
    }
}

const fn mask_v4(bits: u8) -> u32 {
    !u32::MAX.unbounded_shr(bits as u32)
}

const fn mask_v6(bits: u8) -> u128 {
    !u128::MAX.unbounded_shr(bits as u32)
}

const fn address_bits(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl From<IpAddr> for ProxyAddress {
    fn from(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        Self::network(ip, address_bits(ip))
    }
}

impl FromStr for ProxyAddress {
    type Err = ProxyAddressError;

    fn from_str(text: &str) -> Result<Self, ProxyAddressError> {
        let failed = || ProxyAddressError(text.to_owned());
        if text == "unix" {
            return Ok(Self(Peers::Unix));
        }
        let Some((ip, bits)) = text.split_once('/') else {
            return text.parse().map(IpAddr::into).map_err(|_| failed());
        };
        let ip: IpAddr = ip.parse().map_err(|_| failed())?;
        let bits: u8 = bits.parse().map_err(|_| failed())?;
        if bits > address_bits(ip) {
            return Err(failed());
        }
        Ok(Self::network(ip, bits))
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Peers::V4 { network, bits } => write!(f, "{}/{bits}", Ipv4Addr::from_bits(network)),
            Peers::V6 { network, bits } => write!(f, "{}/{bits}", Ipv6Addr::from_bits(network)),
            Peers::Unix => f.write_str("unix"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::ProxyAddress;
    use crate::handler::PeerAddress;

    #[test]
    fn a_network_contains_the_addresses_with_its_first_bits() {
        for (proxies, peer, is_one) in [
            ("192.0.2.7", "192.0.2.7:1", true),
            ("192.0.2.7", "192.0.2.6:1", false),
            ("192.0.2.7", "[::ffff:192.0.2.7]:1", true),
            ("::ffff:192.0.2.7", "192.0.2.7:1", true),
            ("10.0.0.0/8", "10.255.255.255:1", true),
            ("10.1.2.3/8", "10.0.0.0:1", true),
            ("10.0.0.0/8", "11.0.0.0:1", false),
            ("10.0.0.0/31", "10.0.0.1:1", true),
            ("10.0.0.0/31", "10.0.0.2:1", false),
            ("0.0.0.0/0", "255.1.2.3:1", true),
            ("0.0.0.0/0", "[::1]:1", false),
            ("::/0", "[2001:db8::1]:1", true),
            ("::/0", "1.2.3.4:1", false),
            ("2001:db8::/33", "[2001:db8:7fff::1]:1", true),
            ("2001:db8::/33", "[2001:db8:8000::1]:1", false),
            ("::1", "[::1]:1", true),
            ("::1", "[::2]:1", false),
            ("unix", "1.2.3.4:1", false),
        ] {
            let proxies: ProxyAddress = proxies.parse().expect("the address of a proxy");
            let peer: SocketAddr = peer.parse().expect("an address");
            assert_eq!(proxies.contains(peer.into()), is_one, "{proxies} {peer}");
            assert_eq!(proxies.contains(PeerAddress::Unix), proxies.to_string() == "unix");
            assert_eq!(proxies.to_string().parse(), Ok(proxies));
        }
    }

    #[test]
    fn a_text_that_is_no_address_is_refused() {
        for text in ["", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10/8", "1.2.3.4:5"] {
            let error = text.parse::<ProxyAddress>().expect_err(text);
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
