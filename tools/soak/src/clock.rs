//! The time of day in frames of the synthetic stream. It tells viewers how late a frame is.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use rendercast::{Tag, TagKind};

/// Where the microseconds stand: in the noise behind the header of a frame's NAL unit.
const PLACE: Range<usize> = 10..16;

/// The microseconds start over after so many.
const MODULUS: u64 = 1 << 48;

/// Writes the time into a frame of video. Leaves all else as it is.
pub(crate) fn stamp(tag: Tag) -> Tag {
    if tag.kind != TagKind::Video || !is_frame(&tag.payload) {
        return tag;
    }
    let mut payload = tag.payload.to_vec();
    payload[PLACE].copy_from_slice(&microseconds().to_be_bytes()[2..]);
    Tag { payload: payload.into(), ..tag }
}

/// Returns how long ago the time was written into a frame. Its beginning is enough.
pub(crate) fn age(payload: &Bytes) -> Option<Duration> {
    let &[a, b, c, d, e, f] = payload.get(PLACE).filter(|_| is_frame(payload))? else {
        return None;
    };
    let written = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    Some(Duration::from_micros(microseconds().wrapping_sub(written) % MODULUS))
}

/// Whether this is a frame of classic H.264, and no configuration.
fn is_frame(payload: &[u8]) -> bool {
    payload.len() >= PLACE.end && matches!(payload, [0x17 | 0x27, 1, ..])
}

fn microseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_micros() as u64 % MODULUS
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use rendercast::{Tag, TagKind, Timestamp};

    use super::{age, stamp};

    fn tag(payload: &[u8]) -> Tag {
        let payload = Bytes::copy_from_slice(payload);
        Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload }
    }

    #[test]
    fn a_stamped_frame_has_an_age_and_a_configuration_none() {
        let frame = stamp(tag(&[&[0x27, 1][..], &[9; 30]].concat()));
        assert!(age(&frame.payload).is_some_and(|age| age < Duration::from_secs(60)));
        for payload in [&[0x17, 0, 0][..], &[0x17, 1], &[]] {
            let tag = tag(payload);
            assert_eq!(stamp(tag.clone()), tag);
            assert_eq!(age(&tag.payload), None);
        }
    }
}
