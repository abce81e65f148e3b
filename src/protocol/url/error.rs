//! The faults that a URL or an address can have.

/// Says why a text is not a URL to connect to, or not an address to listen on.
///
/// ```
/// use rendercast::client::{Url, UrlError};
///
/// let error = "rtmp://localhost:99999/live/scene".parse::<Url>().unwrap_err();
/// assert_eq!(error, UrlError::Port("99999".to_owned()));
/// assert_eq!(error.to_string(), "the port \"99999\" is not a number from 0 to 65535");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// A URL has no scheme.
    #[error("the URL has no scheme: write rtmp://HOST/APP/NAME")]
    NoScheme,
    /// The scheme is not a [`Scheme`](super::Scheme).
    #[error(
        "\"{0}\" is no scheme of RTMP: rtmp, rtmps, rtmpt and rtmpts are, auto and unix for servers"
    )]
    UnknownScheme(String),
    /// A server can listen on the scheme, but a client cannot connect to it.
    #[error("{0} is a scheme for servers: connect to rtmp or rtmps")]
    ServerScheme(&'static str),
    /// A user name stands before the host.
    #[error(
        "a user name before the host is not supported: put credentials into the query of the \
         application or of the stream"
    )]
    Credentials,
    /// A server asked a client to leave TLS.
    #[error("the server wants to lead from TLS to a URL without TLS")]
    NotSecure,
    /// There is no host.
    #[error("there is no host")]
    NoHost,
    /// An IPv6 address has no brackets, or the brackets do not match.
    #[error("an IPv6 address must stand in brackets, followed by a port at most: write [::1]:1935")]
    Brackets,
    /// A number stands in place of the host.
    #[error("\"{0}\" is a number, not a host; if it is a port, write HOST:{0}")]
    NumberAsHost(String),
    /// The port is not a number from 0 to 65535.
    #[error("the port \"{0}\" is not a number from 0 to 65535")]
    Port(String),
    /// The port of a URL is 0, to which nothing can connect.
    #[error("nothing can connect to port 0")]
    PortZero,
    /// An address to listen on has a path.
    #[error("an address to listen on has no path: leave \"/{0}\" away")]
    Path(String),
    /// A Unix socket has no path.
    #[error("there is no path after \"unix:\"")]
    NoPath,
    /// A URL has no path, or the first part of its path is empty.
    #[error("the URL names no application: write rtmp://HOST/APP/NAME")]
    NoApp,
    /// The path of a URL has one part, and names no stream to play.
    #[error("the URL names no stream: write rtmp://HOST/APP/NAME")]
    NoName,
}
