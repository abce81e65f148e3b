//! Tells protocols apart by the first bytes of a peer.

use std::fmt;

/// What a peer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerProtocol {
    /// RTMP, version 3 of the handshake.
    Rtmp,
    /// RTMPE: versions 6, 8 and 9 of the handshake, which encrypt (8 with XTEA, 9 with Blowfish).
    Rtmpe,
    /// TLS.
    Tls,
    /// HTTP/1.
    Http,
    /// The PROXY protocol, by which a proxy names its client.
    Proxy,
    /// None of these.
    Unknown,
}

impl PeerProtocol {
    /// Tells what a peer speaks by its first bytes, of which one is enough.
    ///
    /// TLS begins with a handshake record (RFC 8446 §5.1), HTTP with the name of a method
    /// (RFC 9110 §9.1), and RTMP with its version, which is below 32 (RTMP 1.0 §5.2.2). The text
    /// form of the PROXY protocol is taken for HTTP as long as fewer than five bytes are known.
    pub(crate) const fn detect(first_bytes: &[u8]) -> Self {
        match first_bytes {
            [3, ..] => Self::Rtmp,
            [6 | 8 | 9, ..] => Self::Rtmpe,
            [0x16, ..] => Self::Tls,
            [b'P', b'R', b'O', b'X', b'Y', ..] | [b'\r', ..] => Self::Proxy,
            [b'A'..=b'Z', ..] => Self::Http,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for PeerProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rtmp => "plain RTMP",
            Self::Rtmpe => "RTMPE",
            Self::Tls => "TLS",
            Self::Http => "HTTP",
            Self::Proxy => "the PROXY protocol",
            Self::Unknown => "an unknown protocol",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PeerProtocol;

    #[test]
    fn the_first_bytes_tell_what_is_spoken() {
        for (first_bytes, protocol) in [
            (&b"\x03\0\0\0\0"[..], PeerProtocol::Rtmp),
            (b"\x06", PeerProtocol::Rtmpe),
            (b"\x08", PeerProtocol::Rtmpe),
            (b"\x09", PeerProtocol::Rtmpe),
            (b"\x07", PeerProtocol::Unknown),
            (b"\x16\x03\x01", PeerProtocol::Tls),
            (b"P", PeerProtocol::Http),
            (b"PROX", PeerProtocol::Http),
            (b"PROXY TCP4", PeerProtocol::Proxy),
            (b"\r\n\r\n\0", PeerProtocol::Proxy),
            (b"GET /", PeerProtocol::Http),
            (b"get /", PeerProtocol::Unknown),
            (b"\0", PeerProtocol::Unknown),
            (b"\xff", PeerProtocol::Unknown),
            (b"", PeerProtocol::Unknown),
        ] {
            assert_eq!(PeerProtocol::detect(first_bytes), protocol, "{first_bytes:?}");
        }
    }
}
