//! The cursor that all bytes of a peer are read through.

use byteorder::{BigEndian, ByteOrder, LittleEndian};

/// The bytes end within a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{needed} more bytes were needed at offset {offset}, {left} were left")]
pub struct UnexpectedEnd {
    /// The length of the value, in bytes.
    pub needed: usize,
    /// The bytes that were left.
    pub left: usize,
    /// The offset at which the value starts, from the reader's first byte.
    pub offset: usize,
}

/// A cursor over bytes that have all arrived. A read that fails consumes nothing.
///
/// ```
/// use rendercast::protocol::wire::Reader;
///
/// let mut reader = Reader::new(&[0x12, 0, 1, 0]);
/// assert_eq!((reader.u8()?, reader.u24()?), (0x12, 256));
/// assert!(reader.u8().is_err()); // and nothing was consumed
/// # Ok::<(), rendercast::protocol::wire::UnexpectedEnd>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Creates a cursor at the first of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    /// Returns the unread bytes.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns whether all bytes have been read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns how many bytes have been read.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Reads the next `length` bytes.
    ///
    /// # Errors
    /// Returns [`UnexpectedEnd`] if fewer are left.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], UnexpectedEnd> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(UnexpectedEnd {
                needed: length,
                left: self.rest.len(),
                offset: self.offset,
            });
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(length);
        Ok(taken)
    }

    /// Reads one byte.
    ///
    /// # Errors
    /// Returns [`UnexpectedEnd`] if too few bytes are left, like all reads below.
    pub fn u8(&mut self) -> Result<u8, UnexpectedEnd> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    /// Reads a big-endian 16-bit number.
    #[allow(clippy::missing_errors_doc, reason = "said once, at u8")]
    pub fn u16(&mut self) -> Result<u16, UnexpectedEnd> {
        self.take(2).map(BigEndian::read_u16)
    }

    /// Reads a big-endian 24-bit number.
    #[allow(clippy::missing_errors_doc, reason = "said once, at u8")]
    pub fn u24(&mut self) -> Result<u32, UnexpectedEnd> {
        self.take(3).map(BigEndian::read_u24)
    }

    /// Reads a big-endian 32-bit number.
    #[allow(clippy::missing_errors_doc, reason = "said once, at u8")]
    pub fn u32(&mut self) -> Result<u32, UnexpectedEnd> {
        self.take(4).map(BigEndian::read_u32)
    }

    /// Reads a little-endian 32-bit number. Only message stream ids are little-endian (RTMP 1.0
    /// §5.3.1.2.1).
    #[allow(clippy::missing_errors_doc, reason = "said once, at u8")]
    pub fn u32_le(&mut self) -> Result<u32, UnexpectedEnd> {
        self.take(4).map(LittleEndian::read_u32)
    }

    /// Reads a big-endian 64-bit floating-point number.
    #[allow(clippy::missing_errors_doc, reason = "said once, at u8")]
    pub fn f64(&mut self) -> Result<f64, UnexpectedEnd> {
        self.take(8).map(BigEndian::read_f64)
    }
}

#[cfg(test)]
mod tests {
    use bytes::BufMut;

    use super::{Reader, UnexpectedEnd};

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        bytes.put_u8(0x01);
        bytes.put_u16(0x0203);
        bytes.put_uint(0x0004_0506, 3);
        bytes.put_u32(0x0708_090a);
        bytes.put_u32_le(0x0e0d_0c0b);
        bytes.put_f64(1.5);
        assert_eq!(bytes[..14], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);

        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), Ok(0x01));
        assert_eq!(reader.u16(), Ok(0x0203));
        assert_eq!(reader.u24(), Ok(0x0004_0506));
        assert_eq!(reader.u32(), Ok(0x0708_090a));
        assert_eq!(reader.u32_le(), Ok(0x0e0d_0c0b));
        assert_eq!(reader.f64(), Ok(1.5));
        assert!(reader.is_empty());
    }

    #[test]
    fn a_read_past_the_end_consumes_nothing() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.u32(), Err(UnexpectedEnd { needed: 4, left: 2, offset: 1 }));
        assert_eq!(reader.rest(), [2, 3]);
    }
}
