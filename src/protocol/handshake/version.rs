//! The first byte of a handshake, which says whether RTMP follows.

use super::Error;
use crate::protocol::detect::PeerProtocol;

/// The version of plain RTMP: the only one in use (RTMP 1.0 §5.2.2).
pub(super) const RTMP: u8 = 3;

/// Checks whether a handshake may go on after its first byte.
///
/// RTMP 1.0 §5.2.2 lets a server answer 3 to versions that it does not know. nginx-rtmp and SRS
/// close the connection instead, and so does this crate: no client sends them, and what follows
/// would not be RTMP. The first byte alone decides, so the outcome does not depend on how the bytes
/// are split.
pub(super) fn check(first: u8) -> Result<(), Error> {
    match PeerProtocol::detect(&[first]) {
        PeerProtocol::Rtmp => Ok(()),
        PeerProtocol::Rtmpe => Err(Error::Rtmpe { version: first }),
        PeerProtocol::Tls => Err(Error::Tls),
        PeerProtocol::Proxy => Err(Error::Proxy),
        PeerProtocol::Http => Err(Error::Http),
        PeerProtocol::Unknown => Err(Error::UnknownVersion { version: first }),
    }
}
