//! The parameter sets of H.264, and the record that decoders get of them (ISO/IEC 14496-15
//! §5.3.3.1).

/// The size of the length that is written before a unit, in bytes.
pub(in crate::media) const LENGTH_BYTES: usize = 4;

/// The type of a NAL unit that holds a sequence parameter set.
const SEQUENCE_PARAMETERS: u8 = 7;
/// The type of a NAL unit that holds a picture parameter set.
const PICTURE_PARAMETERS: u8 = 8;

/// The parameter sets of a sequence and of its pictures, each a NAL unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::media) struct ParameterSets {
    pub(in crate::media) sequence: Vec<u8>,
    pub(in crate::media) picture: Vec<u8>,
}

impl ParameterSets {
    /// Keeps a unit that is one of the two sets. Returns whether it is.
    pub(in crate::media) fn note(&mut self, unit: &[u8]) -> bool {
        match unit.first().map(|first| first & 0x1f) {
            Some(SEQUENCE_PARAMETERS) => self.sequence = unit.to_vec(),
            Some(PICTURE_PARAMETERS) => self.picture = unit.to_vec(),
            _ => return false,
        }
        true
    }

    /// Makes the record, an `AVCDecoderConfigurationRecord`. Returns `None` if a set is missing or
    /// too long.
    pub(in crate::media) fn record(&self) -> Option<Vec<u8>> {
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

#[cfg(test)]
pub(in crate::media) mod samples {
    use super::ParameterSets;

    pub(in crate::media) const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 1];
    pub(in crate::media) const PPS: &[u8] = &[0x68, 2];
    pub(in crate::media) const RECORD: &[u8] =
        &[1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 5, 0x67, 0x42, 0xc0, 0x1f, 1, 1, 0, 2, 0x68, 2];

    #[test]
    fn a_record_is_made_of_both_sets() {
        let mut sets = ParameterSets::default();
        assert!(sets.note(SPS) && !sets.note(&[0x65, 9]));
        assert_eq!(sets.record(), None, "one is missing");
        assert!(sets.note(PPS));
        assert_eq!(sets.record().as_deref(), Some(RECORD));
        assert_eq!(ParameterSets::default().record(), None);
    }
}
