//! Reads a header that may come in pieces, and leaves what follows it.

use std::net::SocketAddr;

use super::header::Progress;
use super::{Error, Header, v1, v2};

/// Reads the header at the beginning of a connection.
///
/// ```
/// use rendercast::protocol::proxy::Reader;
///
/// let mut reader = Reader::default();
/// let mut input: &[u8] = b"PROXY TCP4 192.0.2.7 198.51.100.1 50123 1935\r\n\x03...";
/// let header = reader.read(&mut input)?.expect("it is whole");
/// assert_eq!(header.client, Some("192.0.2.7:50123".parse().unwrap()));
/// assert_eq!(input, b"\x03...");
/// # Ok::<(), rendercast::protocol::proxy::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    /// The bytes of the header so far, without those that are skipped.
    head: Vec<u8>,
    /// What is left to skip, once the client is known.
    skipping: Option<Skipping>,
}

#[derive(Clone, Copy, Debug)]
struct Skipping {
    client: Option<SocketAddr>,
    left: usize,
}

impl Reader {
    /// Takes the bytes of the header off `input`. Returns `None` if more bytes must come. Bytes
    /// behind the header stay in `input`.
    ///
    /// # Errors
    /// [`Error`] at the first byte that no header can have there. The connection is of no use then.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Error> {
        while self.skipping.is_none() {
            let Some((&byte, rest)) = input.split_first() else { return Ok(None) };
            *input = rest;
            self.head.push(byte);
            if let Progress::Known { client, skip } = self.look()? {
                self.skipping = Some(Skipping { client, left: skip });
            }
        }
        Ok(self.skip(input))
    }

    fn look(&self) -> Result<Progress, Error> {
        match self.head.first() {
            Some(&first) if first == v1::FIRST => v1::look(&self.head),
            Some(&first) if first == v2::FIRST => v2::look(&self.head),
            _ => Err(Error::Missing),
        }
    }

    fn skip(&mut self, input: &mut &[u8]) -> Option<Header> {
        let skipping = self.skipping.as_mut()?;
        let length = skipping.left.min(input.len());
        *input = input.get(length..).unwrap_or_default();
        skipping.left = skipping.left.saturating_sub(length);
        (skipping.left == 0).then_some(Header { client: skipping.client })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Error, Header};
    use super::Reader;

    /// Version 2's fixed part and what follows it.
    fn binary(version_and_command: u8, family: u8, length: u16, rest: &[u8]) -> Vec<u8> {
        let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
        bytes.extend([version_and_command, family]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(rest);
        bytes
    }

    fn ipv4() -> Vec<u8> {
        vec![192, 0, 2, 7, 198, 51, 100, 1, 0xc3, 0xcb, 0x07, 0x8f]
    }

    fn ipv6() -> Vec<u8> {
        let mut bytes = vec![0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
        bytes.extend([0; 15]);
        bytes.extend([1, 0xc3, 0xcb, 0x07, 0x8f]);
        bytes
    }

    fn with_tlvs(mut addresses: Vec<u8>) -> Vec<u8> {
        // A wrong CRC32C, and two bytes that are no TLV: both are skipped.
        addresses.extend([0x03, 0, 4, 1, 2, 3, 4, 0xff, 0xff]);
        addresses
    }

    /// Reads the bytes in one piece, one by one, and cut at each place, and checks that it is all
    /// the same.
    fn read(bytes: &[u8]) -> Result<Option<Header>, Error> {
        let whole = read_in_pieces(&[bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read_in_pieces(&single), whole);
        for cut in 0..bytes.len() {
            assert_eq!(read_in_pieces(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
        }
        whole
    }

    fn read_in_pieces(pieces: &[&[u8]]) -> Result<Option<Header>, Error> {
        let mut reader = Reader::default();
        for (at, piece) in pieces.iter().enumerate() {
            let mut input = *piece;
            if let Some(header) = reader.read(&mut input)? {
                assert!(input.is_empty() && at + 1 == pieces.len(), "{} bytes left", input.len());
                return Ok(Some(header));
            }
            assert!(input.is_empty(), "all is consumed");
        }
        Ok(None)
    }

    #[test]
    fn headers_say_who_the_client_is() {
        for (bytes, client) in [
            (b"PROXY TCP4 192.0.2.7 198.51.100.1 50123 1935\r\n".to_vec(), Some("192.0.2.7:50123")),
            (b"PROXY TCP6 2001:db8::7 ::1 50123 1935\r\n".to_vec(), Some("[2001:db8::7]:50123")),
            (b"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n".to_vec(), Some("0.0.0.0:0")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ffff::1 whatever\r\n".to_vec(), None),
            (binary(0x21, 0x11, 12, &ipv4()), Some("192.0.2.7:50123")),
            (binary(0x21, 0x21, 36, &ipv6()), Some("[2001:db8::7]:50123")),
            (binary(0x21, 0x11, 21, &with_tlvs(ipv4())), Some("192.0.2.7:50123")),
            (binary(0x21, 0x21, 45, &with_tlvs(ipv6())), Some("[2001:db8::7]:50123")),
            (binary(0x21, 0x00, 0, &[]), None),
            (binary(0x21, 0x00, 3, &[1, 2, 3]), None),
            (binary(0x21, 0x31, 216, &[b'x'; 216]), None),
            (binary(0x20, 0x00, 0, &[]), None),
            (binary(0x20, 0x11, 12, &ipv4()), None),
            // The addresses of a proxy that speaks for itself are not read.
            (binary(0x20, 0xff, 2, &[1, 2]), None),
        ] {
            let client = client.map(|text| text.parse().expect("an address"));
            assert_eq!(read(&bytes), Ok(Some(Header { client })), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let line = |line: &str| Error::Line { line: line.to_owned() };
        for (bytes, error) in [
            (&b"\x03"[..], Error::Missing),
            (b"\0", Error::Missing),
            (b"GET / HTTP/1.1\r\n", Error::Missing),
            (b"PROXI", Error::Missing),
            (b"POST /open/1", Error::Missing),
            (b"\r\n\r\n\r", Error::Missing),
            (b"PROXY \r\n", line("PROXY ")),
            (b"PROXY TCP4\r\n", line("PROXY TCP4")),
            (b"PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", line("PROXY TCP5 1.2.3.4 1.2.3.4 1 2")),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", line("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n")),
            (b"PROXY TCP4 ::1 ::1 1 2\r\n", line("PROXY TCP4 ::1 ::1 1 2")),
            (b"PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", line("PROXY TCP6 1.2.3.4 1.2.3.4 1 2")),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", line("PROXY TCP4 1.2.3.4 1.2.3.4 1")),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", line("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3")),
            (b"PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n", line("PROXY TCP4 1.2.3.4  1.2.3.4 1 2")),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", line("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2")),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n", line("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2")),
            (b"PROXY TCP4 \xff\r\n", line("PROXY TCP4 \u{fffd}")),
            (b"PROXY UNKNOWNS\r\n", line("PROXY UNKNOWNS")),
        ] {
            assert_eq!(read(bytes), Err(error), "{}", bytes.escape_ascii());
        }
        for (bytes, error) in [
            (binary(0x11, 0x11, 12, &ipv4()), Error::Version { version: 1 }),
            (binary(0x31, 0x11, 12, &ipv4()), Error::Version { version: 3 }),
            (binary(0x22, 0x11, 12, &ipv4()), Error::Command { command: 2 }),
            (binary(0x21, 0x12, 12, &ipv4()), Error::Family { family: 0x12 }),
            (binary(0x21, 0x41, 12, &ipv4()), Error::Family { family: 0x41 }),
            (binary(0x21, 0x11, 11, &ipv4()), Error::TooShort { length: 11, needed: 12 }),
            (binary(0x21, 0x21, 12, &ipv4()), Error::TooShort { length: 12, needed: 36 }),
        ] {
            // The error comes at the end of the fixed part, without waiting for what follows.
            assert_eq!(read(&bytes[..16]), Err(error), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_endless_line_is_refused_and_an_endless_header_is_not_kept() {
        let mut reader = Reader::default();
        let endless = [&b"PROXY UNKNOWN "[..], &[b'x'; 100]].concat();
        assert_eq!(reader.read(&mut &endless[..]), Err(Error::TooLong { max: 107 }));

        let mut reader = Reader::default();
        let mut longest = &binary(0x21, 0x11, u16::MAX, &ipv4())[..];
        assert_eq!(reader.read(&mut longest), Ok(None));
        assert_eq!(reader.read(&mut &[0; 65_522][..]), Ok(None));
        assert!(reader.head.len() < 64);
        let mut rest: &[u8] = &[1, 2];
        assert!(matches!(reader.read(&mut rest), Ok(Some(Header { client: Some(_) }))));
        assert_eq!(rest, [2]);
    }
}
