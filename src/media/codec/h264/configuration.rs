//! `AVCDecoderConfigurationRecord`, which a decoder needs before the first frame (ISO/IEC 14496-15
//! §5.3.3.1).

use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The parts of a record that a decoder needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Configuration<'a> {
    /// The width of the lengths before units, in bytes.
    pub(super) length_bytes: usize,
    /// The parameter sets, those of sequences first.
    pub(super) sets: Vec<&'a [u8]>,
}

impl<'a> Configuration<'a> {
    /// Reads a record. Returns `None` if it is of another version or cut short.
    pub(super) fn parse(record: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(record);
        let (version, length_bytes) = read_head(&mut reader).ok()?;
        if version != 1 {
            return None;
        }
        let mut sets = Vec::new();
        for mask in [0x1f, 0xff] {
            let count = reader.u8().ok()? & mask;
            for _ in 0..count {
                let length = reader.u16().ok()?;
                sets.push(reader.take(length.into()).ok()?);
            }
        }
        Some(Self { length_bytes, sets })
    }
}

fn read_head(reader: &mut Reader<'_>) -> Result<(u8, usize), UnexpectedEnd> {
    let version = reader.u8()?;
    let _profile_and_level = reader.u24()?;
    let length_bytes = usize::from(reader.u8()? & 3).saturating_add(1);
    Ok((version, length_bytes))
}

#[cfg(test)]
mod tests {
    use super::Configuration;
    use crate::media::pack::parameter_sets::samples::{PPS, RECORD, SPS};

    #[test]
    fn a_record_is_read() {
        let configuration = Configuration { length_bytes: 4, sets: vec![SPS, PPS] };
        assert_eq!(Configuration::parse(RECORD), Some(configuration));
    }

    #[test]
    fn a_record_cut_short_is_none() {
        for length in 0..RECORD.len() {
            assert_eq!(Configuration::parse(&RECORD[..length]), None, "{length}");
        }
        assert_eq!(Configuration::parse(&[2; 20]), None);
    }
}
