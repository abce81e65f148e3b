//! What is spoken where a server listens, and by what it is told apart.

use std::fmt;

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

/// What a peer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    Rtmp,
    Tls,
    Http,
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

    /// What a peer speaks first on a connection; none: that is up to the peer.
    pub(crate) const fn first_speech(self) -> Option<Speech> {
        match self {
            Self::Rtmp | Self::Unix => Some(Speech::Rtmp),
            Self::Rtmps | Self::Rtmpts => Some(Speech::Tls),
            Self::Rtmpt => Some(Speech::Http),
            Self::Auto => None,
        }
    }

    /// What a peer speaks inside of TLS; none: that is up to the peer.
    pub(crate) const fn speech_in_tls(self) -> Option<Speech> {
        match self {
            Self::Rtmpts => Some(Speech::Http),
            Self::Auto => None,
            _ => Some(Speech::Rtmp),
        }
    }

    /// The feature of this crate that the scheme takes and that is off; none: it can be served.
    /// `auto` can be served with whatever there is.
    pub(crate) fn missing_feature(self) -> Option<&'static str> {
        let needed: &[Speech] = match self {
            Self::Rtmp | Self::Unix | Self::Auto => &[],
            Self::Rtmps => &[Speech::Tls],
            Self::Rtmpt => &[Speech::Http],
            Self::Rtmpts => &[Speech::Tls, Speech::Http],
        };
        needed.iter().find_map(|speech| speech.missing_feature())
    }
}

impl Speech {
    /// Told by the first byte of a peer: TLS begins with a handshake record (RFC 8446 §5.1), HTTP
    /// with a method's name (RFC 9110 §9.1). All else is taken for RTMP, whose handshake refuses
    /// what it does not know and says so.
    pub(crate) const fn of(first: u8) -> Self {
        match first {
            0x16 => Self::Tls,
            b'A'..=b'Z' => Self::Http,
            _ => Self::Rtmp,
        }
    }

    /// The feature of this crate that it takes and that is off.
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
    use super::{Scheme, Speech};

    #[test]
    fn a_scheme_is_found_by_its_name_in_either_case() {
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::of(scheme.name()), Some(scheme));
            assert_eq!(Scheme::of(&scheme.name().to_uppercase()), Some(scheme));
        }
        assert_eq!(Scheme::of("rtmpe"), None);
    }

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
