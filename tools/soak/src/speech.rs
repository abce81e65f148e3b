//! What the viewers of a door speak.

use rendercast::client::Scheme;

/// What the viewers of a door speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// RTMP, over what the scheme says.
    Rtmp(Scheme),
    /// FLV in the response to an HTTP request.
    Http,
    /// FLV in the frames of a WebSocket.
    WebSocket,
}

impl Speech {
    /// The scheme of the address at which the server listens.
    pub(crate) const fn scheme(self) -> Scheme {
        match self {
            Self::Rtmp(scheme) => scheme,
            Self::Http | Self::WebSocket => Scheme::Http,
        }
    }

    /// Its name in the report.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rtmp(scheme) => scheme.as_str(),
            Self::Http => "http",
            Self::WebSocket => "websocket",
        }
    }
}
