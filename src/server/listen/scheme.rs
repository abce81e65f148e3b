//! What is spoken where a server listens.

use crate::protocol::detect::PeerProtocol;

/// What is spoken where a server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RTMP over TCP.
    Rtmp,
    /// RTMP in TLS.
    Rtmps,
    /// RTMP in HTTP.
    Rtmpt,
    /// RTMP in HTTP in TLS.
    Rtmpts,
    /// Whatever of these each peer speaks.
    Auto,
    /// RTMP over a Unix socket.
    Unix,
}

impl Scheme {
    const ALL: [Self; 6] =
        [Self::Rtmp, Self::Rtmps, Self::Rtmpt, Self::Rtmpts, Self::Auto, Self::Unix];

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
            Self::Rtmpt => "rtmpt",
            Self::Rtmpts => "rtmpts",
            Self::Auto => "auto",
            Self::Unix => "unix",
        }
    }

    /// The port where none is named: what players take where their URL names none.
    pub(crate) const fn default_port(self) -> u16 {
        match self {
            Self::Rtmp | Self::Auto | Self::Unix => 1935,
            Self::Rtmpt => 80,
            Self::Rtmps | Self::Rtmpts => 443,
        }
    }

    /// Returns what a peer speaks first on a connection, or `None` if its first byte tells.
    pub(crate) const fn first_protocol(self) -> Option<PeerProtocol> {
        match self {
            Self::Rtmp | Self::Unix => Some(PeerProtocol::Rtmp),
            Self::Rtmps | Self::Rtmpts => Some(PeerProtocol::Tls),
            Self::Rtmpt => Some(PeerProtocol::Http),
            Self::Auto => None,
        }
    }

    /// Returns what a peer speaks inside TLS, or `None` if its first byte tells.
    pub(crate) const fn protocol_in_tls(self) -> Option<PeerProtocol> {
        match self {
            Self::Rtmpts => Some(PeerProtocol::Http),
            Self::Auto => None,
            _ => Some(PeerProtocol::Rtmp),
        }
    }

    /// The feature of this crate that the scheme takes and that is off; none: it can be served.
    /// `auto` can be served with whatever there is.
    pub(crate) fn missing_feature(self) -> Option<&'static str> {
        let needs_tls = matches!(self, Self::Rtmps | Self::Rtmpts);
        let needs_http = matches!(self, Self::Rtmpt | Self::Rtmpts);
        if needs_tls && !cfg!(feature = "tls") {
            return Some("tls");
        }
        (needs_http && !cfg!(feature = "tunnel")).then_some("tunnel")
    }
}

#[cfg(test)]
mod tests {
    use super::Scheme;

    #[test]
    fn a_scheme_is_found_by_its_name_in_either_case() {
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::of(scheme.name()), Some(scheme));
            assert_eq!(Scheme::of(&scheme.name().to_uppercase()), Some(scheme));
        }
        assert_eq!(Scheme::of("rtmpe"), None);
    }
}
