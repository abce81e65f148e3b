//! The protocols that clients speak where a server listens.

use crate::protocol::detect::PeerProtocol;
use crate::protocol::url::Scheme;

/// Returns the feature of this crate that a server of `scheme` needs and this build lacks.
///
/// `auto` needs none: it serves the protocols that the build has.
pub(crate) const fn missing_feature(scheme: Scheme) -> Option<&'static str> {
    match scheme {
        Scheme::Rtmps | Scheme::Rtmpts | Scheme::Https if !cfg!(feature = "tls") => Some("tls"),
        Scheme::Rtmpt | Scheme::Rtmpts if !cfg!(feature = "tunnel") => Some("tunnel"),
        Scheme::Http | Scheme::Https if !cfg!(feature = "web") => Some("web"),
        _ => None,
    }
}

/// Returns what a client speaks first on a connection, or `None` if its first byte tells.
pub(crate) const fn first_protocol(scheme: Scheme) -> Option<PeerProtocol> {
    match scheme {
        Scheme::Rtmp | Scheme::Unix => Some(PeerProtocol::Rtmp),
        Scheme::Rtmps | Scheme::Rtmpts | Scheme::Https => Some(PeerProtocol::Tls),
        Scheme::Rtmpt | Scheme::Http => Some(PeerProtocol::Http),
        Scheme::Auto => None,
    }
}

/// Returns whether pages, FLV and WebSockets are served. An address for RTMPT has that alone.
#[cfg(feature = "web")]
pub(crate) const fn serves_web(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::Auto | Scheme::Http | Scheme::Https)
}

/// Returns what a client speaks inside TLS, or `None` if its first byte tells.
pub(crate) const fn protocol_in_tls(scheme: Scheme) -> Option<PeerProtocol> {
    match scheme {
        Scheme::Rtmpts | Scheme::Https => Some(PeerProtocol::Http),
        Scheme::Auto => None,
        _ => Some(PeerProtocol::Rtmp),
    }
}
