//! Where a server listens, and what is spoken there.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::path::{Path, PathBuf};

use super::scheme::Scheme;
use crate::server::start_error::StartError;

/// Where a server listens and what is spoken there, with the port that it got. Prints as what
/// [`Server::start`](crate::Server::start) takes: `rtmp://127.0.0.1:1935`, `unix:/run/rtmp.sock`.
///
/// ```
/// # use rendercast::{Server, ServerConfig};
/// # let server = Server::new(ServerConfig::default());
/// server.start("127.0.0.1:0")?;
/// let address = &server.listen_addresses()[0];
/// assert_eq!(address.scheme(), "rtmp");
/// assert_ne!(address.port(), Some(0));
/// println!("ffplay {address}/live/film");
/// # Ok::<(), rendercast::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    pub(crate) scheme: Scheme,
    pub(crate) place: Place,
}

/// Where a socket listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Socket(SocketAddr),
    Unix(PathBuf),
}

/// Where a server listens that is not told where: all IPv4 addresses of the machine.
const EVERYWHERE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

impl ListenAddress {
    /// What is spoken there: "rtmp", "rtmps", "rtmpt", "rtmpts", "auto" or "unix".
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        self.scheme.name()
    }

    /// The address and port; none for a Unix socket.
    #[must_use]
    pub const fn socket_address(&self) -> Option<SocketAddr> {
        match self.place {
            Place::Socket(address) => Some(address),
            Place::Unix(_) => None,
        }
    }

    /// The port; none for a Unix socket.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.socket_address().map(|address| address.port())
    }

    /// The path of a Unix socket; none for all else.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Socket(_) => None,
            Place::Unix(path) => Some(path),
        }
    }

    /// Reads what applications write, and resolves its name.
    pub(crate) fn resolve(text: &str) -> Result<Self, StartError> {
        let failed = |cause| StartError::Address { address: text.to_owned(), cause };
        let (scheme, rest) = split_scheme(text).ok_or_else(|| failed(None))?;
        if let Some(feature) = scheme.missing_feature() {
            return Err(StartError::MissingFeature { address: text.to_owned(), feature });
        }
        let place = match scheme {
            Scheme::Unix if rest.is_empty() => return Err(failed(None)),
            Scheme::Unix => Place::Unix(rest.into()),
            _ if text.is_empty() => {
                Place::Socket(SocketAddrV4::new(EVERYWHERE, scheme.default_port()).into())
            }
            _ => {
                let (host, port) =
                    split_port(rest, scheme.default_port()).ok_or_else(|| failed(None))?;
                let found = resolve_host(host, port).map_err(|error| failed(Some(error)))?;
                Place::Socket(found.ok_or_else(|| failed(None))?)
            }
        };
        Ok(Self { scheme, place })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Socket(address) => write!(f, "{}://{address}", self.scheme()),
            Place::Unix(path) => write!(f, "{}:{}", self.scheme(), path.display()),
        }
    }
}

/// The scheme, plain RTMP where there is none, and what follows it.
fn split_scheme(text: &str) -> Option<(Scheme, &str)> {
    if let Some((name, rest)) = text.split_once("://") {
        let scheme = Scheme::of(name)?;
        let rest = match scheme {
            Scheme::Unix => rest,
            _ => rest.strip_suffix('/').unwrap_or(rest),
        };
        return Some((scheme, rest));
    }
    match text.split_once(':') {
        Some((name, path)) if Scheme::of(name) == Some(Scheme::Unix) => Some((Scheme::Unix, path)),
        _ => Some((Scheme::Rtmp, text)),
    }
}

/// The host, out of its brackets, and the port.
fn split_port(text: &str, default: u16) -> Option<(&str, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?,
        None => text.find(':').map_or((text, ""), |colon| text.split_at(colon)),
    };
    // A number alone is a port without a host, which resolvers take for an odd address.
    if host.bytes().all(|byte| byte.is_ascii_digit()) || host.contains('/') {
        return None;
    }
    let port = match port {
        "" => default,
        _ => port.strip_prefix(':')?.parse().ok()?,
    };
    Some((host, port))
}

fn resolve_host(host: &str, port: u16) -> io::Result<Option<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.next())
}

#[cfg(test)]
mod tests {
    use super::super::scheme::Scheme;
    use super::ListenAddress;
    use crate::server::start_error::StartError;

    #[test]
    fn what_is_written_is_read() {
        for (text, meant) in [
            ("", "rtmp://0.0.0.0:1935"),
            ("127.0.0.1:80", "rtmp://127.0.0.1:80"),
            ("127.0.0.1", "rtmp://127.0.0.1:1935"),
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
            assert_eq!(ListenAddress::resolve(meant).unwrap(), address);
        }
    }

    #[test]
    fn a_scheme_whose_feature_is_off_names_the_feature() {
        for scheme in [Scheme::Rtmps, Scheme::Rtmpt, Scheme::Rtmpts] {
            let text = format!("{}://127.0.0.1:0", scheme.name());
            match (ListenAddress::resolve(&text), scheme.missing_feature()) {
                (Ok(address), None) => assert_eq!(address.to_string(), text),
                (Err(error @ StartError::MissingFeature { .. }), Some(feature)) => {
                    assert!(error.to_string().contains(&format!("`{feature}`")), "{error}");
                }
                (resolved, missing) => panic!("{text}: {resolved:?}, without {missing:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "1935",
            ":1935",
            "::1:1935",
            "::",
            "[::1",
            "[::1]1935",
            "127.0.0.1:",
            "127.0.0.1:x",
            "127.0.0.1:65536",
            "http://127.0.0.1",
            "rtmp://",
            "rtmp:///",
            "unix:",
            "unix://",
            "rtmp://127.0.0.1/live",
            "rtmp:127.0.0.1",
            "[]:1935",
        ] {
            let error = ListenAddress::resolve(text).expect_err(text);
            assert!(matches!(error, StartError::Address { .. }), "{text}: {error:?}");
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
