//! The first byte of a handshake, which tells the protocol.

use super::Error;

/// The version of plain RTMP: the only one in use (RTMP 1.0 §5.2.2).
pub(super) const RTMP: u8 = 3;

/// Checks the first byte of a handshake.
///
/// RTMP 1.0 §5.2.2 lets a server answer 3 to versions that it does not know. nginx-rtmp and SRS
/// close the connection instead, and so does this: no client sends such versions.
///
/// Only the first byte counts, so the way the bytes are cut makes no difference. It suffices:
/// versions are below 32, while other protocols start with a letter.
pub(super) const fn check(first: u8) -> Result<(), Error> {
    match first {
        RTMP => Ok(()),
        // RTMPE, and its variants with XTEA and with Blowfish.
        6 | 8 | 9 => Err(Error::Rtmpe { version: first }),
        0x16 => Err(Error::Tls),
        b'\r' => Err(Error::Proxy),
        // CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE; PROXY.
        b'C' | b'D' | b'G' | b'H' | b'O' | b'P' | b'T' => Err(Error::Http),
        version => Err(Error::UnknownVersion { version }),
    }
}
