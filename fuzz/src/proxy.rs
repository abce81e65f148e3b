//! The header of a proxy.
//!
//! - How the bytes are cut changes nothing.
//! - All is consumed until the header is whole, and nothing after that.
//! - No header is longer than its kind may be, and what is kept of it stays small.

use rendercast::protocol::proxy::{Error, Header, Reader};

use super::pieces::pieces;

/// The longest line of version 1.
const LINE_BYTES: usize = 107;

/// The fixed part of version 2, and the most that it can announce.
const BINARY_BYTES: usize = 16 + 0xffff;

pub fn run(bytes: &[u8]) {
    let Some((&cut, bytes)) = bytes.split_first() else { return };
    let whole = outcome(&[bytes]);
    assert_eq!(outcome(&pieces(bytes, cut)), whole);
    if let Ok(Some((_, left))) = whole {
        let length = bytes.len() - left;
        if bytes[0] == b'P' {
            assert!(length <= LINE_BYTES && bytes[..length].ends_with(b"\r\n"));
        } else {
            let announced = u16::from_be_bytes([bytes[14], bytes[15]]);
            assert_eq!(length, 16 + usize::from(announced));
            assert!(length <= BINARY_BYTES);
        }
        assert_eq!(outcome(&[&bytes[..length]]), Ok(whole.unwrap().map(|(header, _)| (header, 0))));
    }
}

/// The header, where it is whole, and how many bytes were left of all.
fn outcome(pieces: &[&[u8]]) -> Result<Option<(Header, usize)>, Error> {
    let mut reader = Reader::default();
    let mut left = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    for piece in pieces {
        let mut input = *piece;
        let header = reader.read(&mut input)?;
        left -= piece.len() - input.len();
        if let Some(header) = header {
            return Ok(Some((header, left)));
        }
        assert!(input.is_empty(), "all is consumed");
    }
    Ok(None)
}
