//! The boxes of an MP4 file (ISO/IEC 14496-12), found by name.

use mp4_atom::Atom;

use super::Error;
use crate::protocol::wire::Reader;

/// The header of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoxHeader {
    pub(super) name: [u8; 4],
    /// The length of the header itself, in bytes.
    pub(super) length: u64,
    /// The length of the body, in bytes. `None` if it reaches to the end of what the box is in.
    pub(super) body_length: Option<u64>,
}

impl BoxHeader {
    /// The longest header, in bytes.
    pub(super) const LONGEST: usize = 16;

    /// Returns `None` if the bytes end within the header, or if it tells an impossible length.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let short = reader.u32().ok()?;
        let name = reader.u32().ok()?.to_be_bytes();
        let (length, whole) = match short {
            0 => (8, None),
            1 => {
                let high = u64::from(reader.u32().ok()?);
                (16, Some(high << 32 | u64::from(reader.u32().ok()?)))
            }
            short => (8, Some(short.into())),
        };
        let body_length = match whole {
            Some(whole) => Some(whole.checked_sub(length)?),
            None => None,
        };
        Some(Self { name, length, body_length })
    }
}

/// The boxes that lie in a body, one after the other. Ends at what is no whole box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Boxes<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let header = BoxHeader::read(self.0)?;
        let (_, rest) = self.0.split_at_checked(usize::try_from(header.length).ok()?)?;
        let length = header.body_length.map_or(Some(rest.len()), |it| usize::try_from(it).ok())?;
        let (body, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((header.name, body))
    }
}

impl<'a> Boxes<'a> {
    /// Returns the body of the first box of that name.
    pub(super) fn find(mut self, name: &[u8; 4]) -> Option<&'a [u8]> {
        self.find_map(|(found, body)| (found == *name).then_some(body))
    }

    /// Returns the body of the box that a chain of names leads to.
    pub(super) fn find_in(self, names: &[&[u8; 4]]) -> Option<&'a [u8]> {
        names.iter().try_fold(self.0, |body, name| Boxes(body).find(name))
    }

    /// Decodes the first box of a type. Returns `None` if there is none.
    pub(super) fn decode<T: Atom>(self, name: &'static str) -> Result<Option<T>, Error> {
        let four: [u8; 4] = T::KIND.into();
        let Some(mut body) = self.find(&four) else { return Ok(None) };
        T::decode_body(&mut body).map(Some).map_err(|_| Error::Damaged { name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_found_by_their_names() {
        let inner = b"\0\0\0\x0aaaaa12\0\0\0\x0bbbbb345";
        let mut outer = b"\0\0\0\x01moov\0\0\0\0\0\0\0\x25".to_vec();
        outer.extend_from_slice(inner);
        assert_eq!(Boxes(&outer).find_in(&[b"moov", b"bbbb"]), Some(&b"345"[..]));
        assert_eq!(Boxes(&outer).find_in(&[b"moov", b"cccc"]), None);
        assert_eq!(Boxes(b"\0\0\0\0mdat12345").find(b"mdat"), Some(&b"12345"[..]));
    }

    #[test]
    fn what_is_no_whole_box_ends_the_list() {
        for bytes in
            [&b""[..], b"\0\0\0\x09abc", b"\0\0\0\x09abcd", b"\0\0\0\x07abcd", b"\0\0\0\x01abcd\0"]
        {
            assert_eq!(Boxes(bytes).next(), None, "{bytes:?}");
        }
    }
}
