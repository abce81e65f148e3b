//! Reads the headers of codecs bit by bit.

/// Reads bits, the highest of each byte first. All of its methods return `None` beyond the end.
#[derive(Clone, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let mask = 0x80_u8 >> (self.at % 8);
        self.at = self.at.saturating_add(1);
        Some(byte & mask != 0)
    }

    /// Reads a number of at most 32 bits.
    pub(super) fn number(&mut self, bits: u32) -> Option<u32> {
        let mut number = 0;
        for _ in 0..bits {
            number = number << 1 | u32::from(self.flag()?);
        }
        Some(number)
    }

    pub(super) fn skip(&mut self, bits: usize) -> Option<()> {
        self.at = self.at.checked_add(bits)?;
        (self.at <= self.bytes.len().saturating_mul(8)).then_some(())
    }

    /// Reads an Exp-Golomb number, `ue(v)` (ITU-T H.264 §9.1). Larger ones than a picture has are
    /// `None`.
    pub(super) fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros = u32::saturating_add(zeros, 1);
            if zeros == 32 {
                return None;
            }
        }
        let rest = self.number(zeros)?;
        (1_u32 << zeros).checked_add(rest)?.checked_sub(1)
    }

    /// Reads a signed Exp-Golomb number, `se(v)` (ITU-T H.264 §9.1.1).
    pub(super) fn signed_golomb(&mut self) -> Option<i32> {
        let number = self.golomb()?;
        let half = i32::try_from(number.div_ceil(2)).ok()?;
        Some(if number % 2 == 0 { half.saturating_neg() } else { half })
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn bits_and_numbers_are_read_in_order_up_to_the_end() {
        // 1 | 010 | 011 | 00100 | 00101 | 1111
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1111_1000]);
        assert_eq!([(); 3].map(|()| bits.golomb()), [Some(0), Some(1), Some(2)]);
        assert_eq!([(); 2].map(|()| bits.signed_golomb()), [Some(2), Some(-2)]);
        assert_eq!((bits.number(4), bits.flag()), (Some(15), Some(false)));
        assert_eq!((bits.skip(2), bits.skip(1), bits.flag()), (Some(()), None, None));
        assert_eq!(Bits::new(&[0; 8]).golomb(), None, "too large");
        assert_eq!(Bits::new(&[0, 0]).golomb(), None, "cut off");
    }
}
