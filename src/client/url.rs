//! The URLs that clients are given: `rtmp://host[:port]/app[/instance]/name`, and the same for the
//! protocol's other carriers.

use std::fmt;
use std::str::FromStr;

/// The port that IANA has given to RTMP.
pub const DEFAULT_PORT: u16 = 1935;

/// What carries RTMP: the scheme of a URL.
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
    /// `rtmp`: TCP.
    #[default]
    Rtmp,
    /// `rtmps`: TLS.
    Rtmps,
    /// `rtmpt`: a tunnel in HTTP.
    Rtmpt,
    /// `rtmpts`: a tunnel in HTTP over TLS.
    Rtmpts,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::Rtmp, Self::Rtmps, Self::Rtmpt, Self::Rtmpts];

    /// As it is written in a URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
            Self::Rtmpt => "rtmpt",
            Self::Rtmpts => "rtmpts",
        }
    }

    /// The port of a URL that names none.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Rtmp => DEFAULT_PORT,
            Self::Rtmpt => 80,
            Self::Rtmps | Self::Rtmpts => 443,
        }
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
        let is_it = |scheme: &Self| scheme.as_str().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(is_it).ok_or(UrlError::Scheme)
    }
}

/// Where a stream is played, or an application is.
///
/// ```
/// use rendercast::client::Url;
///
/// let url: Url = "rtmp://localhost/live/films/spring?token=7".parse()?;
/// assert_eq!((url.app.as_str(), url.name.as_str()), ("live/films", "spring?token=7"));
/// assert_eq!(url.tc_url(), "rtmp://localhost:1935/live/films");
/// # Ok::<(), rendercast::client::UrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url {
    /// What carries the conversation.
    pub scheme: Scheme,
    /// The name or address of the server; an IPv6 address without its brackets.
    pub host: String,
    /// The port of the server. Defaults to that of the scheme.
    pub port: u16,
    /// The application: the first part of the path, or the first two of three and more, as ffmpeg
    /// divides it.
    pub app: String,
    /// The stream: the rest of the path, query included. Empty where the URL names an application
    /// alone, which can be called but not played.
    pub name: String,
}

impl Url {
    /// What `connect` says in `tcUrl`: the URL without the stream, the port always written.
    #[must_use]
    pub fn tc_url(&self) -> String {
        format!("{}://{}/{}", self.scheme, Authority(self), self.app)
    }

    /// Host and port, as [`ToSocketAddrs`](std::net::ToSocketAddrs) takes them.
    #[must_use]
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let scheme: Scheme = scheme.parse()?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = parse_authority(authority)?;
        let (app, name) = divide(path).ok_or(UrlError::App)?;
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port: port.unwrap_or_else(|| scheme.default_port()),
            app: app.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// Divides host and port.
fn parse_authority(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    if authority.contains('@') {
        return Err(UrlError::Credentials);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']').ok_or(UrlError::Host)?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(UrlError::Host),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Err(UrlError::Host);
    }
    let port = match port {
        Some(port) => Some(port.parse().ok().filter(|&port| port != 0).ok_or(UrlError::Port)?),
        None => None,
    };
    Ok((host, port))
}

/// Divides a path into application and stream; a slash within the query divides nothing.
fn divide(path: &str) -> Option<(&str, &str)> {
    let plain = path.split('?').next().unwrap_or(path);
    let (app, name) = match plain.find('/') {
        Some(first) => {
            let after_app = plain.get(first + 1..).unwrap_or_default();
            let cut = after_app.find('/').map_or(first, |second| first + 1 + second);
            (path.get(..cut)?, path.get(cut + 1..)?)
        }
        None => (path, ""),
    };
    (!app.is_empty()).then_some((app, name))
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tc_url())?;
        if self.name.is_empty() { Ok(()) } else { write!(f, "/{}", self.name) }
    }
}

/// Host and port as they are written in a URL.
struct Authority<'a>(&'a Url);

impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Url { host, port, .. } = self.0;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Why a text is not the URL of a stream.
///
/// ```
/// use rendercast::client::{Url, UrlError};
///
/// assert_eq!("http://localhost/live/scene".parse::<Url>(), Err(UrlError::Scheme));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It starts with something else than `rtmp://` or the name of another [`Scheme`].
    #[error("not an RTMP URL: write rtmp://host/app/name")]
    Scheme,
    /// A user name stands before the host.
    #[error("user names in an RTMP URL are not supported: pass credentials in the stream's query")]
    Credentials,
    /// There is no host, or its brackets do not match.
    #[error("an RTMP URL without a host: write rtmp://host/app/name")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port of an RTMP URL must be a number from 1 to 65535")]
    Port,
    /// There is no path, or its first part is empty.
    #[error("an RTMP URL without an application: write rtmp://host/app/name")]
    App,
    /// The path has one part, and a stream is to be played.
    #[error("an RTMP URL without a stream: write rtmp://host/app/name")]
    Name,
}

#[cfg(test)]
mod tests {
    use super::{Url, UrlError};

    #[test]
    fn urls_are_divided_as_ffmpeg_divides_them() {
        #[rustfmt::skip]
        let table = [
            ("rtmp://h/app/s", "h", 1935, "app", "s", "rtmp://h:1935/app"),
            ("RTMP://h:7/app/s", "h", 7, "app", "s", "rtmp://h:7/app"),
            ("rtmp://h/app/a/s", "h", 1935, "app/a", "s", "rtmp://h:1935/app/a"),
            ("rtmp://h/app/a/b/s.flv", "h", 1935, "app/a", "b/s.flv", "rtmp://h:1935/app/a"),
            ("rtmp://h/app/s?key=a/b", "h", 1935, "app", "s?key=a/b", "rtmp://h:1935/app"),
            ("rtmps://h/app/s", "h", 443, "app", "s", "rtmps://h:443/app"),
            ("RTMPT://h/app/s", "h", 80, "app", "s", "rtmpt://h:80/app"),
            ("rtmpts://h:7/app/s", "h", 7, "app", "s", "rtmpts://h:7/app"),
            ("rtmp://h/app", "h", 1935, "app", "", "rtmp://h:1935/app"),
            ("rtmp://h/app/", "h", 1935, "app", "", "rtmp://h:1935/app"),
            ("rtmp://h/app?x=/s", "h", 1935, "app?x=/s", "", "rtmp://h:1935/app?x=/s"),
            ("rtmp://[::1]/app/s", "::1", 1935, "app", "s", "rtmp://[::1]:1935/app"),
            ("rtmp://[fe80::1]:80/app/s", "fe80::1", 80, "app", "s", "rtmp://[fe80::1]:80/app"),
        ];
        for (text, host, port, app, name, tc_url) in table {
            let url: Url = text.parse().expect(text);
            let parts = (url.host.as_str(), url.port, url.app.as_str(), url.name.as_str());
            assert_eq!(parts, (host, port, app, name), "{text}");
            assert_eq!(url.tc_url(), tc_url, "{text}");
            assert_eq!(url.to_string().parse(), Ok(url), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said() {
        for (text, error) in [
            ("", UrlError::Scheme),
            ("http://h/app/s", UrlError::Scheme),
            ("rtmpe://h/app/s", UrlError::Scheme),
            ("rtmp://user:secret@h/app/s", UrlError::Credentials),
            ("rtmp:///app/s", UrlError::Host),
            ("rtmp://:1935/app/s", UrlError::Host),
            ("rtmp://[::1/app/s", UrlError::Host),
            ("rtmp://[::1]x/app/s", UrlError::Host),
            ("rtmp://h:0/app/s", UrlError::Port),
            ("rtmp://h:65536/app/s", UrlError::Port),
            ("rtmp://h:/app/s", UrlError::Port),
            ("rtmp://h", UrlError::App),
            ("rtmp://h/", UrlError::App),
            ("rtmp://h//s", UrlError::App),
        ] {
            assert_eq!(text.parse::<Url>(), Err(error), "{text}");
        }
    }
}
