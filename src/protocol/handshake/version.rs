//! The first byte of a handshake: which protocol this is.

use super::Error;

/// The version of plain RTMP: the only one in use (RTMP 1.0 §5.2.2).
pub(super) const RTMP: u8 = 3;

/// Whether a handshake may go on after its first byte.
///
/// RTMP 1.0 §5.2.2 lets a server answer 3 to versions that it does not know; nginx-rtmp and SRS
/// hang up on them instead, no client sends them, and what follows would not be RTMP. So here too.
/// The first byte alone decides, so that how the bytes are split makes no difference: versions are
/// below 32, so that RTMP can be told from protocols that start with a letter.
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
