//! The addresses on which a server listens.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use super::scheme::missing_feature;
use crate::protocol::url::{Authority, DEFAULT_PORT, Scheme, UrlError};
use crate::server::start_error::StartError;

/// An address on which a server listens, with the port that it got.
///
/// Prints as a URL that players take, as in `rtmp://127.0.0.1:1935`, or with the scheme that it was
/// given, as in `auto://127.0.0.1:1935` or `unix:/run/rtmp.sock`. [`url`](Self::url) prints it with
/// another scheme.
///
/// ```
/// # use rendercast::{Server, ServerConfig};
/// use rendercast::Scheme;
///
/// # let server = Server::new(ServerConfig::default());
/// server.start("127.0.0.1:0")?;
/// let address = &server.listen_addresses()[0];
/// assert_eq!(address.scheme(), Scheme::Auto);
/// assert_ne!(address.port(), Some(0));
/// println!("ffplay {address}/live/film");
/// println!("or open {}/live/film in a browser", address.url(Scheme::Http));
/// # Ok::<(), rendercast::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    pub(crate) scheme: Scheme,
    /// Whether the address was given without a scheme.
    pub(crate) is_bare: bool,
    pub(crate) place: Place,
}

/// The address of a listening socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Socket(SocketAddr),
    Unix(PathBuf),
}

/// The address of a server that is given none: every IPv4 address of the machine.
const EVERYWHERE: SocketAddr =
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, DEFAULT_PORT));

impl ListenAddress {
    /// Returns the protocol that the server speaks on this address. An address without a scheme is
    /// one of [`Scheme::Auto`].
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the IP address and the port. Returns `None` for a Unix socket.
    #[must_use]
    pub const fn socket_address(&self) -> Option<SocketAddr> {
        match self.place {
            Place::Socket(address) => Some(address),
            Place::Unix(_) => None,
        }
    }

    /// Returns the port. Returns `None` for a Unix socket.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.socket_address().map(|address| address.port())
    }

    /// Returns the path of a Unix socket. Returns `None` for any other address.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Socket(_) => None,
            Place::Unix(path) => Some(path),
        }
    }

    /// Reads an address as applications write it, and resolves its host. Blocks for the resolver.
    pub(crate) fn resolve(text: &str) -> Result<Self, StartError> {
        let wrong = |cause| StartError::Address { address: text.to_owned(), cause };
        if text.is_empty() {
            let place = Place::Socket(EVERYWHERE);
            return Ok(Self { scheme: Scheme::Auto, is_bare: true, place });
        }
        let divided = Scheme::split(text).map_err(wrong)?;
        let is_bare = divided.is_none();
        let (scheme, rest) = divided.unwrap_or((Scheme::Auto, text));
        if let Some(feature) = missing_feature(scheme) {
            return Err(StartError::MissingFeature { address: text.to_owned(), feature });
        }
        if scheme == Scheme::Unix {
            let path = Some(rest).filter(|path| !path.is_empty());
            let path = path.ok_or_else(|| wrong(UrlError::NoPath))?;
            return Ok(Self { scheme, is_bare, place: Place::Unix(path.into()) });
        }
        let authority = without_path(rest).and_then(Authority::parse).map_err(wrong)?;
        let port = authority.port.unwrap_or_else(|| scheme.default_port());
        let resolved = resolve_host(authority.host, port);
        let address =
            resolved.map_err(|cause| StartError::Resolve { address: text.to_owned(), cause })?;
        Ok(Self { scheme, is_bare, place: Place::Socket(address) })
    }

    /// Returns the address with another scheme, as in `http://127.0.0.1:1935`. A Unix socket keeps
    /// its own.
    #[must_use]
    pub fn url(&self, scheme: Scheme) -> String {
        Self { scheme, is_bare: false, place: self.place.clone() }.to_string()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Socket(address) if self.is_bare => write!(f, "{}://{address}", Scheme::Rtmp),
            Place::Socket(address) => write!(f, "{}://{address}", self.scheme),
            Place::Unix(path) => write!(f, "{}:{}", Scheme::Unix, path.display()),
        }
    }
}

/// Removes a slash at the end. Any other path is an error.
fn without_path(text: &str) -> Result<&str, UrlError> {
    match text.split_once('/') {
        Some((authority, "")) => Ok(authority),
        Some((_, path)) => Err(UrlError::Path(path.to_owned())),
        None => Ok(text),
    }
}

fn resolve_host(host: &str, port: u16) -> io::Result<SocketAddr> {
    let first = (host, port).to_socket_addrs()?.next();
    first.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the host has no address"))
}

#[cfg(test)]
mod tests {
    use super::super::scheme::missing_feature;
    use super::ListenAddress;
    use crate::protocol::url::{Scheme, UrlError};
    use crate::server::start_error::StartError;

    #[test]
    fn addresses_are_read_in_every_form() {
        for (text, meant) in [
            ("", "rtmp://0.0.0.0:1935"),
            ("127.0.0.1:80", "rtmp://127.0.0.1:80"),
            ("127.0.0.1", "rtmp://127.0.0.1:1935"),
            ("127.0.0.1:0/", "rtmp://127.0.0.1:0"),
            ("rtmp://127.0.0.1", "rtmp://127.0.0.1:1935"),
            ("RTMP://127.0.0.1:7/", "rtmp://127.0.0.1:7"),
            ("auto://127.0.0.1", "auto://127.0.0.1:1935"),
            ("[::]:7", "rtmp://[::]:7"),
            ("[::1]", "rtmp://[::1]:1935"),
            ("rtmp://[::]", "rtmp://[::]:1935"),
            ("unix:/run/a.sock", "unix:/run/a.sock"),
            ("unix:///run/a.sock", "unix:/run/a.sock"),
            ("unix:a:b/c.sock", "unix:a:b/c.sock"),
        ] {
            let address = ListenAddress::resolve(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(address.to_string(), meant, "{text}");
            assert_eq!(ListenAddress::resolve(meant).unwrap().place, address.place);
            let scheme = if address.is_bare { Scheme::Auto } else { address.scheme };
            assert_eq!(address.scheme(), scheme, "{text}");
        }
    }

    #[test]
    fn a_scheme_whose_feature_is_off_names_the_feature() {
        for scheme in [Scheme::Rtmps, Scheme::Rtmpt, Scheme::Rtmpts, Scheme::Http, Scheme::Https] {
            let text = format!("{scheme}://127.0.0.1:0");
            match (ListenAddress::resolve(&text), missing_feature(scheme)) {
                (Ok(address), None) => assert_eq!(address.to_string(), text),
                (Err(error @ StartError::MissingFeature { .. }), Some(feature)) => {
                    assert!(error.to_string().contains(&format!("`{feature}`")), "{error}");
                }
                (resolved, missing) => panic!("{text}: {resolved:?}, without {missing:?}"),
            }
        }
    }

    #[test]
    fn the_fault_of_an_address_is_named() {
        for (text, wrong) in [
            ("1935", UrlError::NumberAsHost("1935".to_owned())),
            (":1935", UrlError::NoHost),
            ("[]:1935", UrlError::NoHost),
            ("rtmp://", UrlError::NoHost),
            ("rtmp:///", UrlError::NoHost),
            ("::1:1935", UrlError::Brackets),
            ("::", UrlError::Brackets),
            ("[::1", UrlError::Brackets),
            ("127.0.0.1:65536", UrlError::Port("65536".to_owned())),
            ("127.0.0.1:", UrlError::Port(String::new())),
            ("rtmp:127.0.0.1", UrlError::Port("127.0.0.1".to_owned())),
            ("ftp://127.0.0.1", UrlError::UnknownScheme("ftp".to_owned())),
            ("unix:", UrlError::NoPath),
            ("unix://", UrlError::NoPath),
            ("rtmp://127.0.0.1/live", UrlError::Path("live".to_owned())),
        ] {
            let error = ListenAddress::resolve(text).expect_err(text);
            let said = error.to_string();
            assert!(said.contains(text) && said.contains(&wrong.to_string()), "{said}");
            assert!(matches!(error, StartError::Address { cause, .. } if cause == wrong), "{said}");
        }
    }

    #[test]
    fn a_host_that_does_not_resolve_is_named() {
        let error = ListenAddress::resolve("host.invalid:1935").expect_err("no such host");
        assert!(matches!(error, StartError::Resolve { .. }), "{error}");
        assert!(error.to_string().contains("host.invalid:1935"), "{error}");
    }
}
