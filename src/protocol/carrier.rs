//! What carries the bytes of a connection.

use std::fmt;

/// What carries the bytes of a connection.
///
/// ```
/// use rendercast::Carrier;
///
/// assert_eq!(Carrier::Rtmpts.to_string(), "rtmpts");
/// assert!(Carrier::Rtmpts.is_encrypted());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Carrier {
    /// RTMP over TCP.
    Rtmp,
    /// RTMP in TLS.
    Rtmps,
    /// RTMP in HTTP requests.
    Rtmpt,
    /// RTMP in HTTP requests in TLS.
    Rtmpts,
    /// RTMP over a Unix socket.
    Unix,
    /// FLV in the answer to an HTTP request.
    Http,
    /// FLV in the answer to an HTTP request in TLS.
    Https,
    /// FLV and calls over a WebSocket.
    Ws,
    /// FLV and calls over a WebSocket in TLS.
    Wss,
}

impl Carrier {
    /// Returns the scheme of URLs for this carrier: "rtmp", "rtmps", "rtmpt", "rtmpts", "unix",
    /// "http", "https", "ws" or "wss".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
            Self::Rtmpt => "rtmpt",
            Self::Rtmpts => "rtmpts",
            Self::Unix => "unix",
            Self::Http => "http",
            Self::Https => "https",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// Returns whether the bytes travel in TLS.
    ///
    /// Returns `false` if only a proxy in front of the server speaks TLS with the client.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        match self {
            Self::Rtmps | Self::Rtmpts | Self::Https | Self::Wss => true,
            Self::Rtmp | Self::Rtmpt | Self::Unix | Self::Http | Self::Ws => false,
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
