//! Version 2: binary (section 2.2 of the specification).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Error;
use super::header::Progress;
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The first byte of a header.
pub(super) const FIRST: u8 = b'\r';

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The version, in the upper half of the byte behind the signature.
const VERSION: u8 = 2;

/// The commands, in the lower half.
const LOCAL: u8 = 0;
const PROXY: u8 = 1;

/// Address families, in the upper half of the next byte, and protocols, in the lower.
const UNSPECIFIED: u8 = 0x00;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;
const UNIX_STREAM: u8 = 0x31;

/// The bytes of the addresses and ports of both sides.
const IPV4_BYTES: u16 = 12;
const IPV6_BYTES: u16 = 36;

/// Looks at the bytes of a header so far, after each byte.
pub(super) fn look(head: &[u8]) -> Result<Progress, Error> {
    let begun = head.len().min(SIGNATURE.len());
    if head.get(..begun) != SIGNATURE.get(..begun) {
        return Err(Error::Missing);
    }
    let mut reader = Reader::new(head.get(begun..).unwrap_or_default());
    let Ok(fixed) = Fixed::read(&mut reader) else { return Ok(Progress::More) };
    let needed = fixed.address_bytes()?;
    let Ok(client) = fixed.client(&mut reader) else { return Ok(Progress::More) };
    // Typed values follow the addresses, a checksum among them. None is of use here.
    let skip = usize::from(fixed.length.saturating_sub(needed));
    Ok(Progress::Known { client, skip })
}

/// The part between the signature and the addresses.
struct Fixed {
    version: u8,
    command: u8,
    family: u8,
    /// How many bytes follow.
    length: u16,
}

impl Fixed {
    fn read(reader: &mut Reader<'_>) -> Result<Self, UnexpectedEnd> {
        let first = reader.u8()?;
        Ok(Self {
            version: first >> 4,
            command: first & 0x0f,
            family: reader.u8()?,
            length: reader.u16()?,
        })
    }

    /// Returns how many bytes of addresses are read, and checks that the header has them.
    fn address_bytes(&self) -> Result<u16, Error> {
        if self.version != VERSION {
            return Err(Error::Version { version: self.version });
        }
        let needed = match (self.command, self.family) {
            (LOCAL, _) | (PROXY, UNSPECIFIED | UNIX_STREAM) => 0,
            (PROXY, TCP_OVER_IPV4) => IPV4_BYTES,
            (PROXY, TCP_OVER_IPV6) => IPV6_BYTES,
            (PROXY, family) => return Err(Error::Family { family }),
            (command, _) => return Err(Error::Command { command }),
        };
        match self.length {
            length if length < needed => Err(Error::TooShort { length, needed }),
            _ => Ok(needed),
        }
    }

    fn client(&self, reader: &mut Reader<'_>) -> Result<Option<SocketAddr>, UnexpectedEnd> {
        if self.command != PROXY {
            return Ok(None);
        }
        match self.family {
            TCP_OVER_IPV4 => {
                let client = Ipv4Addr::from_bits(reader.u32()?);
                reader.take(4)?;
                both_ports(reader).map(|port| Some(SocketAddr::new(client.into(), port)))
            }
            TCP_OVER_IPV6 => {
                let client =
                    Ipv6Addr::from(<[u8; 16]>::try_from(reader.take(16)?).unwrap_or_default());
                reader.take(16)?;
                both_ports(reader).map(|port| Some(SocketAddr::new(client.into(), port)))
            }
            _ => Ok(None),
        }
    }
}

/// Reads the ports of both sides, and returns that of the client.
fn both_ports(reader: &mut Reader<'_>) -> Result<u16, UnexpectedEnd> {
    let client = reader.u16()?;
    reader.u16()?;
    Ok(client)
}
