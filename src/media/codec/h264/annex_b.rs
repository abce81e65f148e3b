//! NAL units between start codes, as encoders and decoders have them (ITU-T H.264, annex B), and
//! behind their lengths, as FLV has them (ISO/IEC 14496-15 §5.3.3).

pub(super) use crate::media::pack::parameter_sets::LENGTH_BYTES;

const START_CODE: &[u8] = &[0, 0, 0, 1];

/// Returns a unit without its start code.
pub(super) fn without_start_code(unit: &[u8]) -> &[u8] {
    unit.strip_prefix(START_CODE).or_else(|| unit.strip_prefix(&[0, 0, 1])).unwrap_or(unit)
}

/// Appends a unit behind its length. Returns false if it is too long for the length.
pub(super) fn push_behind_length(unit: &[u8], output: &mut Vec<u8>) -> bool {
    let Ok(length) = u32::try_from(unit.len()) else { return false };
    output.extend(length.to_be_bytes());
    output.extend(unit);
    true
}

/// Appends a unit behind a start code.
pub(super) fn push_behind_start_code(unit: &[u8], output: &mut Vec<u8>) {
    output.extend(START_CODE);
    output.extend(unit);
}

/// Splits off the first unit, whose length has `length_bytes` bytes. Returns `None` if the data
/// ends within it.
pub(super) fn split_unit<'a>(data: &mut &'a [u8], length_bytes: usize) -> Option<&'a [u8]> {
    let (length, rest) = data.split_at_checked(length_bytes)?;
    let length = length.iter().fold(0usize, |length, byte| (length << 8) | usize::from(*byte));
    let (unit, rest) = rest.split_at_checked(length)?;
    *data = rest;
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_start_code_is_taken_off() {
        for unit in [&[0, 0, 0, 1, 0x65, 0, 0][..], &[0, 0, 1, 0x65, 0, 0], &[0x65, 0, 0]] {
            assert_eq!(without_start_code(unit), [0x65, 0, 0]);
        }
    }

    #[test]
    fn what_is_put_behind_lengths_is_found_again() {
        let units: [&[u8]; 3] = [&[1, 2, 3], &[], &[4]];
        let mut data = Vec::new();
        assert!(units.iter().all(|unit| push_behind_length(unit, &mut data)));
        assert_eq!(data, [0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 1, 4]);
        let mut rest = &data[..];
        for unit in units {
            assert_eq!(split_unit(&mut rest, LENGTH_BYTES), Some(unit));
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn a_unit_cut_short_is_none() {
        for data in [&[][..], &[0, 0, 0], &[0, 0, 0, 2, 1], &[0xff, 0xff, 0xff, 0xff, 1]] {
            assert_eq!(split_unit(&mut { data }, LENGTH_BYTES), None, "{data:?}");
        }
        assert_eq!(split_unit(&mut &[1, 9][..], 1), Some(&[9][..]));
    }
}
