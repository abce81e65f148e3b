//! The schemes of URLs, and their ports.

use std::fmt;
use std::str::FromStr;

use super::UrlError;

/// The port that IANA has given to RTMP.
pub const DEFAULT_PORT: u16 = 1935;

/// The scheme of a URL: the protocol that carries RTMP.
///
/// ```
/// use rendercast::client::{Scheme, Url};
///
/// let url: Url = "rtmps://localhost/live/scene".parse()?;
/// assert_eq!((url.scheme, url.port), (Scheme::Rtmps, 443));
/// # Ok::<(), rendercast::client::UrlError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `rtmp`: RTMP over TCP.
    #[default]
    Rtmp,
    /// `rtmps`: RTMP over TLS.
    Rtmps,
    /// `rtmpt`: RTMP in a tunnel of HTTP requests.
    Rtmpt,
    /// `rtmpts`: RTMP in a tunnel of HTTP requests over TLS.
    Rtmpts,
    /// `auto`: all of these but `unix`. A server tells them apart by each client's first bytes.
    Auto,
    /// `unix`: RTMP over a Unix socket.
    Unix,
    /// `http`: pages, FLV and WebSockets, and RTMP in a tunnel.
    Http,
    /// `https`: as `http`, over TLS.
    Https,
}

impl Scheme {
    const ALL: [Self; 8] = [
        Self::Rtmp,
        Self::Rtmps,
        Self::Rtmpt,
        Self::Rtmpts,
        Self::Auto,
        Self::Unix,
        Self::Http,
        Self::Https,
    ];

    /// Returns the scheme as a URL writes it, in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
            Self::Rtmpt => "rtmpt",
            Self::Rtmpts => "rtmpts",
            Self::Auto => "auto",
            Self::Unix => "unix",
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Returns the port of a URL that names none. `unix` has no ports, and gets that of `rtmp`.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Rtmp | Self::Auto | Self::Unix => DEFAULT_PORT,
            Self::Rtmpt | Self::Http => 80,
            Self::Rtmps | Self::Rtmpts | Self::Https => 443,
        }
    }

    /// Returns whether it is RTMP over TLS.
    pub(crate) const fn is_secure(self) -> bool {
        matches!(self, Self::Rtmps | Self::Rtmpts)
    }

    /// Divides `text` at its scheme. Returns `None` if `text` has no scheme.
    ///
    /// `unix` may do without the two slashes, as in `unix:/run/rtmp.sock`.
    pub(crate) fn split(text: &str) -> Result<Option<(Self, &str)>, UrlError> {
        if let Some((scheme, rest)) = text.split_once("://") {
            return Ok(Some((scheme.parse()?, rest)));
        }
        let unix = text.split_once(':').filter(|(scheme, _)| Self::Unix.is_named(scheme));
        Ok(unix.map(|(_, path)| (Self::Unix, path)))
    }

    fn is_named(self, text: &str) -> bool {
        self.as_str().eq_ignore_ascii_case(text)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scheme {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let found = Self::ALL.into_iter().find(|scheme| scheme.is_named(text));
        found.ok_or_else(|| UrlError::UnknownScheme(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scheme, UrlError};

    #[test]
    fn a_scheme_is_found_by_its_name_in_either_case() {
        for scheme in Scheme::ALL {
            assert_eq!(scheme.as_str().parse(), Ok(scheme));
            assert_eq!(scheme.as_str().to_uppercase().parse(), Ok(scheme));
        }
        assert_eq!("rtmpe".parse::<Scheme>(), Err(UrlError::UnknownScheme("rtmpe".to_owned())));
    }

    #[test]
    fn a_text_is_divided_at_its_scheme() {
        for (text, divided) in [
            ("rtmps://h", Ok(Some((Scheme::Rtmps, "h")))),
            ("AUTO://h:7/", Ok(Some((Scheme::Auto, "h:7/")))),
            ("unix:/a", Ok(Some((Scheme::Unix, "/a")))),
            ("unix:///a", Ok(Some((Scheme::Unix, "/a")))),
            ("h:7", Ok(None)),
            ("rtmp:h", Ok(None)),
            ("", Ok(None)),
            ("://h", Err(UrlError::UnknownScheme(String::new()))),
        ] {
            assert_eq!(Scheme::split(text), divided, "{text}");
        }
    }
}
