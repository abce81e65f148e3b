//! The protocols that clients speak where a server listens.

use std::fmt;

use crate::protocol::url::Scheme;

/// A protocol that a client begins to speak, on a connection or within TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    Rtmp,
    Tls,
    Http,
}

/// Returns the feature of this crate that a server of `scheme` needs and this build lacks.
///
/// `auto` needs none: it serves the protocols that the build has.
pub(crate) fn missing_feature(scheme: Scheme) -> Option<&'static str> {
    let needed: &[Speech] = match scheme {
        Scheme::Rtmp | Scheme::Unix | Scheme::Auto => &[],
        Scheme::Rtmps => &[Speech::Tls],
        Scheme::Rtmpt => &[Speech::Http],
        Scheme::Rtmpts => &[Speech::Tls, Speech::Http],
    };
    needed.iter().find_map(|speech| speech.missing_feature())
}

impl Speech {
    /// Returns what a client speaks first on a connection. Returns `None` if its first byte tells.
    pub(crate) const fn first(scheme: Scheme) -> Option<Self> {
        match scheme {
            Scheme::Rtmp | Scheme::Unix => Some(Self::Rtmp),
            Scheme::Rtmps | Scheme::Rtmpts => Some(Self::Tls),
            Scheme::Rtmpt => Some(Self::Http),
            Scheme::Auto => None,
        }
    }

    /// Returns what a client speaks within TLS. Returns `None` if its first byte tells.
    pub(crate) const fn within_tls(scheme: Scheme) -> Option<Self> {
        match scheme {
            Scheme::Rtmpts => Some(Self::Http),
            Scheme::Auto => None,
            _ => Some(Self::Rtmp),
        }
    }

    /// Tells the protocol by a client's first byte.
    ///
    /// TLS begins with a handshake record (RFC 8446 §5.1), HTTP with the name of a method (RFC 9110
    /// §9.1). Anything else counts as RTMP: its handshake names what it does not know.
    pub(crate) const fn of(first: u8) -> Self {
        match first {
            0x16 => Self::Tls,
            b'A'..=b'Z' => Self::Http,
            _ => Self::Rtmp,
        }
    }

    /// Returns the feature of this crate that the protocol needs and this build lacks.
    pub(crate) const fn missing_feature(self) -> Option<&'static str> {
        match self {
            Self::Rtmp => None,
            Self::Tls if cfg!(feature = "tls") => None,
            Self::Tls => Some("tls"),
            Self::Http if cfg!(feature = "tunnel") => None,
            Self::Http => Some("tunnel"),
        }
    }
}

impl fmt::Display for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rtmp => "RTMP",
            Self::Tls => "TLS",
            Self::Http => "HTTP",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Speech;

    #[test]
    fn the_first_byte_tells_what_is_spoken() {
        for (first, speech) in [
            (3, Speech::Rtmp),
            (6, Speech::Rtmp),
            (0x16, Speech::Tls),
            (b'P', Speech::Http),
            (b'G', Speech::Http),
            (b'p', Speech::Rtmp),
            (0, Speech::Rtmp),
            (0xff, Speech::Rtmp),
        ] {
            assert_eq!(Speech::of(first), speech, "{first:#x}");
        }
    }
}
