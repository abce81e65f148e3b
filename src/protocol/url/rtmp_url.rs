//! The URLs that clients connect to.

use std::fmt;
use std::str::FromStr;

use super::{Authority, Scheme, UrlError};

/// The URL of a stream, or of an application: `rtmp://HOST[:PORT]/APP[/INSTANCE]/NAME`.
///
/// The path is divided as ffmpeg divides it:
/// - The first part is the application. If there are three or more, the second belongs to it too.
/// - A query of the application ends at the next slash, as in `live?token=7/scene`.
/// - A query of the stream goes to the end, slashes included. This alone differs from ffmpeg.
/// - A colon marks the second part as the stream, as in `vod/mp4:films/spring`.
///
/// ```
/// use rendercast::client::Url;
///
/// let url: Url = "rtmp://localhost/live/films/spring?token=7".parse()?;
/// assert_eq!((url.app.as_str(), url.name.as_str()), ("live/films", "spring?token=7"));
/// assert_eq!(url.tc_url(), "rtmp://localhost:1935/live/films");
///
/// let url: Url = "rtmp://localhost/live?token=7/scene".parse()?;
/// assert_eq!((url.app.as_str(), url.name.as_str()), ("live?token=7", "scene"));
/// # Ok::<(), rendercast::client::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Url {
    /// The protocol that carries RTMP.
    pub scheme: Scheme,
    /// The name or the address of the server. An IPv6 address has no brackets here.
    pub host: String,
    /// The port of the server. Defaults to that of the scheme.
    pub port: u16,
    /// The application, with its query.
    pub app: String,
    /// The stream, with its query. Empty if the URL names an application alone: a client can call
    /// its procedures, but has nothing to play.
    pub name: String,
}

impl Url {
    /// Returns the `tcUrl` of `connect`: the URL without the stream, and always with a port.
    #[must_use]
    pub fn tc_url(&self) -> String {
        format!("{}://{}/{}", self.scheme, self.authority(), self.app)
    }

    /// Checks that the URL names a stream.
    ///
    /// # Errors
    /// [`UrlError::NoName`] if it names an application alone.
    pub(crate) fn require_name(&self) -> Result<(), UrlError> {
        if self.name.is_empty() { Err(UrlError::NoName) } else { Ok(()) }
    }

    /// Returns host and port as a URL writes them.
    pub(crate) fn authority(&self) -> String {
        Authority { host: &self.host, port: Some(self.port) }.to_string()
    }

    /// Returns where a server wants a client to connect again: at `tc_url`, which may lack scheme,
    /// port and host (Enhanced RTMP v2, "Reconnect Request"). The stream stays.
    ///
    /// # Errors
    /// The reason why that is no URL. A server cannot lead a client away from TLS.
    pub fn redirected(&self, tc_url: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = match Scheme::split(tc_url)? {
            Some((scheme, rest)) => (scheme, Some(rest)),
            None => (self.scheme, tc_url.strip_prefix("//")),
        };
        if self.scheme.is_secure() && !scheme.is_secure() {
            return Err(UrlError::NotSecure);
        }
        let Some(rest) = rest else {
            let path = tc_url.strip_prefix('/').ok_or(UrlError::NoScheme)?;
            return self.with_app(path);
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let base = format!("{scheme}://{authority}/{}", self.app).parse::<Self>()?;
        Self { name: self.name.clone(), ..base }.with_app(path)
    }

    fn with_app(&self, path: &str) -> Result<Self, UrlError> {
        let app = path.trim_end_matches('/');
        if app.is_empty() {
            return Err(UrlError::NoApp);
        }
        Ok(Self { app: app.to_owned(), ..self.clone() })
    }

    /// Returns host and port, as [`ToSocketAddrs`](std::net::ToSocketAddrs) takes them.
    #[must_use]
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = Scheme::split(text)?.ok_or(UrlError::NoScheme)?;
        if matches!(scheme, Scheme::Auto | Scheme::Unix | Scheme::Http | Scheme::Https) {
            return Err(UrlError::ServerScheme(scheme.as_str()));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let Authority { host, port } = Authority::parse(authority)?;
        if port == Some(0) {
            return Err(UrlError::PortZero);
        }
        let (app, name) = divide(path);
        if app.is_empty() {
            return Err(UrlError::NoApp);
        }
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port: port.unwrap_or_else(|| scheme.default_port()),
            app: app.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// Divides a path into application and stream.
fn divide(path: &str) -> (&str, &str) {
    let Some((first, rest)) = path.split_once('/') else { return (path, "") };
    let before_query = rest.split('?').next().unwrap_or(rest);
    let second = before_query.split_once('/').map(|(second, _)| second);
    match second.filter(|second| !second.contains(':')) {
        Some(second) => {
            let slash = first.len().saturating_add(second.len()).saturating_add(1);
            let (app, name) = path.split_at_checked(slash).unwrap_or((path, ""));
            (app, name.strip_prefix('/').unwrap_or(name))
        }
        None => (first, rest),
    }
}

/// Writes the whole URL, without the port if it is the scheme's own.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = (self.port != self.scheme.default_port()).then_some(self.port);
        let authority = Authority { host: &self.host, port };
        write!(f, "{}://{authority}/{}", self.scheme, self.app)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, "/{}", self.name) }
    }
}

/// Leaves out queries, which may hold secrets that must not come into logs.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before_query = |text: &str| match text.split_once('?') {
            Some((text, _)) => format!("{text}?..."),
            None => text.to_owned(),
        };
        let (app, name) = (before_query(&self.app), before_query(&self.name));
        write!(f, "{:?}", Self { app, name, ..self.clone() }.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{Url, UrlError};

    #[test]
    fn paths_are_divided_as_ffmpeg_divides_them() {
        #[rustfmt::skip]
        let table = [
            ("rtmp://h/app/s", "h", 1935, "app", "s", "rtmp://h:1935/app"),
            ("RTMP://h:7/app/s", "h", 7, "app", "s", "rtmp://h:7/app"),
            ("rtmp://h/app/a/s", "h", 1935, "app/a", "s", "rtmp://h:1935/app/a"),
            ("rtmp://h/app/a/b/s.flv", "h", 1935, "app/a", "b/s.flv", "rtmp://h:1935/app/a"),
            ("rtmp://h/app/mp4:a/s", "h", 1935, "app", "mp4:a/s", "rtmp://h:1935/app"),
            ("rtmp://h/app/a/mp4:s", "h", 1935, "app/a", "mp4:s", "rtmp://h:1935/app/a"),
            ("rtmp://h/app/s?key=a/b", "h", 1935, "app", "s?key=a/b", "rtmp://h:1935/app"),
            ("rtmp://h/app/a/s?key=a/b", "h", 1935, "app/a", "s?key=a/b", "rtmp://h:1935/app/a"),
            ("rtmp://h/app?x=1/s", "h", 1935, "app?x=1", "s", "rtmp://h:1935/app?x=1"),
            ("rtmp://h/app?x=1/s?y=2/3", "h", 1935, "app?x=1", "s?y=2/3", "rtmp://h:1935/app?x=1"),
            ("rtmp://h/app?x=1/a/s", "h", 1935, "app?x=1/a", "s", "rtmp://h:1935/app?x=1/a"),
            ("rtmp://h/app?x=1", "h", 1935, "app?x=1", "", "rtmp://h:1935/app?x=1"),
            ("rtmps://h/app/s", "h", 443, "app", "s", "rtmps://h:443/app"),
            ("RTMPT://h/app/s", "h", 80, "app", "s", "rtmpt://h:80/app"),
            ("rtmpts://h:7/app/s", "h", 7, "app", "s", "rtmpts://h:7/app"),
            ("rtmp://h/app", "h", 1935, "app", "", "rtmp://h:1935/app"),
            ("rtmp://h/app/", "h", 1935, "app", "", "rtmp://h:1935/app"),
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
    fn a_server_may_redirect_to_all_or_a_part_of_a_url() {
        let url: Url = "rtmp://h:7/app?x=1/s?key=1".parse().expect("a URL");
        for (tc_url, redirected) in [
            ("rtmp://other:9/app/instance", "rtmp://other:9/app/instance/s?key=1"),
            ("rtmp://other/app2", "rtmp://other/app2/s?key=1"),
            ("//other/app2?y=2", "rtmp://other/app2?y=2/s?key=1"),
            ("//other:9/app2/", "rtmp://other:9/app2/s?key=1"),
            ("/app2", "rtmp://h:7/app2/s?key=1"),
            ("rtmps://other/app2", "rtmps://other/app2/s?key=1"),
        ] {
            let url = url.redirected(tc_url).expect(tc_url);
            assert_eq!(url.to_string(), redirected, "{tc_url}");
            assert_eq!(url.name, "s?key=1", "{tc_url}");
        }
        for (tc_url, error) in [
            ("", UrlError::NoScheme),
            ("app", UrlError::NoScheme),
            ("/", UrlError::NoApp),
            ("//other", UrlError::NoApp),
            ("http://other/app", UrlError::ServerScheme("http")),
            ("unix:/run/rtmp.sock", UrlError::ServerScheme("unix")),
        ] {
            assert_eq!(url.redirected(tc_url), Err(error), "{tc_url}");
        }
        let secure: Url = "rtmps://h/app/s".parse().expect("a URL");
        assert_eq!(secure.redirected("rtmp://h/app"), Err(UrlError::NotSecure));
        assert_eq!(secure.redirected("/app2").map(|url| url.scheme), Ok(secure.scheme));
    }

    #[test]
    fn a_port_is_written_unless_it_is_the_scheme_s_own() {
        for text in ["rtmp://h/app/s", "rtmps://[::1]:1935/app", "rtmpt://h:443/app/s"] {
            assert_eq!(text.parse::<Url>().expect(text).to_string(), text);
        }
        let url: Url = "rtmps://h:443/app".parse().expect("a URL");
        assert_eq!(url.to_string(), "rtmps://h/app");
    }

    #[test]
    fn debug_output_shows_no_query() {
        let url: Url = "rtmp://h/app?token=secret/s?key=secret".parse().expect("a URL");
        assert_eq!(format!("{url:?}"), "\"rtmp://h/app?.../s?...\"");
    }

    #[test]
    fn the_fault_of_a_url_is_named() {
        for (text, error) in [
            ("", UrlError::NoScheme),
            ("h/app/s", UrlError::NoScheme),
            ("http://h/app/s", UrlError::ServerScheme("http")),
            ("ftp://h/app/s", UrlError::UnknownScheme("ftp".to_owned())),
            ("rtmpe://h/app/s", UrlError::UnknownScheme("rtmpe".to_owned())),
            ("auto://h/app/s", UrlError::ServerScheme("auto")),
            ("unix:/run/rtmp.sock", UrlError::ServerScheme("unix")),
            ("rtmp://user:secret@h/app/s", UrlError::Credentials),
            ("rtmp:///app/s", UrlError::NoHost),
            ("rtmp://:1935/app/s", UrlError::NoHost),
            ("rtmp://[::1/app/s", UrlError::Brackets),
            ("rtmp://h:0/app/s", UrlError::PortZero),
            ("rtmp://h:65536/app/s", UrlError::Port("65536".to_owned())),
            ("rtmp://h", UrlError::NoApp),
            ("rtmp://h/", UrlError::NoApp),
            ("rtmp://h//s", UrlError::NoApp),
        ] {
            assert_eq!(text.parse::<Url>(), Err(error), "{text}");
        }
    }
}
