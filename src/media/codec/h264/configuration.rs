//! `AVCDecoderConfigurationRecord`, which a decoder needs before the first frame (ISO/IEC 14496-15
//! §5.3.3.1).

use super::annex_b::LENGTH_BYTES;
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The type of a NAL unit that holds a sequence parameter set.
const SEQUENCE_PARAMETERS: u8 = 7;
/// The type of a NAL unit that holds a picture parameter set.
const PICTURE_PARAMETERS: u8 = 8;

/// The parameter sets of a sequence and of its pictures, each a NAL unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ParameterSets {
    pub(super) sequence: Vec<u8>,
    pub(super) picture: Vec<u8>,
}

impl ParameterSets {
    /// Keeps a unit that is one of the two sets. Ignores all others.
    pub(super) fn note(&mut self, unit: &[u8]) {
        match unit.first().map(|first| first & 0x1f) {
            Some(SEQUENCE_PARAMETERS) => self.sequence = unit.to_vec(),
            Some(PICTURE_PARAMETERS) => self.picture = unit.to_vec(),
            _ => {}
        }
    }

    /// Returns whether a unit is one of these sets.
    pub(super) fn has(&self, unit: &[u8]) -> bool {
        self.sequence == unit || self.picture == unit
    }

    /// Makes the record. Returns `None` if a set is missing or too long.
    pub(super) fn record(&self) -> Option<Vec<u8>> {
        let [_, profile, compatibility, level, ..] = self.sequence[..] else { return None };
        let mut record = vec![1, profile, compatibility, level];
        // Six bits are reserved and set. The others are the width of lengths, less one.
        record.push(0xfc | (LENGTH_BYTES as u8).saturating_sub(1));
        for (reserved, set) in [(0xe0, &self.sequence), (0, &self.picture)] {
            record.push(reserved | 1);
            record.extend(u16::try_from(set.len()).ok()?.to_be_bytes());
            record.extend(set);
        }
        (!self.picture.is_empty()).then_some(record)
    }
}

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
    use super::*;

    const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 1];
    const PPS: &[u8] = &[0x68, 2];
    const RECORD: &[u8] =
        &[1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 5, 0x67, 0x42, 0xc0, 0x1f, 1, 1, 0, 2, 0x68, 2];

    fn sets() -> ParameterSets {
        let mut sets = ParameterSets::default();
        for unit in [SPS, &[0x65, 9], PPS] {
            sets.note(unit);
        }
        sets
    }

    #[test]
    fn a_record_is_written_and_read() {
        assert_eq!(sets().record().as_deref(), Some(RECORD));
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

    #[test]
    fn a_set_that_is_missing_makes_no_record() {
        assert_eq!(ParameterSets::default().record(), None);
        assert_eq!(ParameterSets { picture: Vec::new(), ..sets() }.record(), None);
        assert!(sets().has(SPS) && sets().has(PPS) && !sets().has(&[0x65, 9]));
    }
}
