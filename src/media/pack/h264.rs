//! Makes tags of H.264.

use super::parameter_sets::{LENGTH_BYTES, ParameterSets};
use crate::media::video::{FrameType, Packet};
use crate::media::{Tag, TagKind, VideoHeader};
use crate::protocol::Timestamp;

/// The type of a NAL unit of a picture that can be decoded by itself.
const IDR_SLICE: u8 = 5;
/// The types of NAL units that FLV does not carry: delimiters and the ends of sequences.
const LEFT_OUT: [u8; 3] = [9, 10, 11];

/// Makes tags of H.264 as encoders return it: NAL units between start codes (ITU-T H.264, annex B).
///
/// ```
/// use rendercast::Timestamp;
/// use rendercast::media::H264Packer;
///
/// let mut packer = H264Packer::new();
/// // A sequence parameter set, a picture parameter set and a picture.
/// let unit = [0, 0, 0, 1, 0x67, 66, 0, 31, 9, 0, 0, 1, 0x68, 9, 0, 0, 1, 0x65, 9];
/// let tags = packer.pack(&unit, Timestamp(0), 0);
/// assert!(tags[0].is_sequence_header() && tags[1].is_key_frame());
/// ```
#[derive(Debug, Default)]
pub struct H264Packer {
    sets: ParameterSets,
    /// The record in the last sequence header.
    record: Vec<u8>,
}

impl H264Packer {
    /// Makes a packer that knows no parameter sets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes tags of one access unit: one picture, and what comes with it. `timestamp` is when it
    /// is decoded, and `composition_time` by how many milliseconds later it is shown.
    ///
    /// The first tag is a sequence header if the parameter sets are new. Returns no tag for the
    /// picture if the unit has none.
    pub fn pack(&mut self, unit: &[u8], timestamp: Timestamp, composition_time: i32) -> Vec<Tag> {
        let mut data = Vec::new();
        let mut frame_type = FrameType::Inter;
        for unit in nal_units(unit) {
            let Some(first) = unit.first() else { continue };
            let unit_type = first & 0x1f;
            if self.sets.note(unit) || LEFT_OUT.contains(&unit_type) {
                continue;
            }
            if unit_type == IDR_SLICE {
                frame_type = FrameType::Key;
            }
            // A unit that is longer than 4 GiB cannot be in a tag either.
            data.extend(u32::try_from(unit.len()).unwrap_or(u32::MAX).to_be_bytes());
            data.extend(unit);
        }
        let mut tags: Vec<Tag> = self.header(timestamp).into_iter().collect();
        if data.len() > LENGTH_BYTES {
            tags.push(tag(frame_type, Packet::Frames, composition_time, &data, timestamp));
        }
        tags
    }

    fn header(&mut self, timestamp: Timestamp) -> Option<Tag> {
        let record = self.sets.record().filter(|record| *record != self.record)?;
        self.record = record;
        Some(tag(FrameType::Key, Packet::SequenceHeader, 0, &self.record, timestamp))
    }
}

fn tag(
    frame_type: FrameType,
    packet: Packet,
    composition_time: i32,
    data: &[u8],
    timestamp: Timestamp,
) -> Tag {
    let header = VideoHeader::avc_bytes(frame_type, packet, composition_time);
    Tag { kind: TagKind::Video, timestamp, payload: [&header, data].concat().into() }
}

/// Returns the units between start codes of three or four bytes.
fn nal_units(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(data);
    std::iter::from_fn(move || {
        let unit = rest?;
        let end = unit.windows(3).position(|window| window == [0, 0, 1]);
        rest = end.and_then(|end| unit.get(end.saturating_add(3)..));
        let unit = end.and_then(|end| unit.get(..end)).unwrap_or(unit);
        // Zeros at the end of a unit belong to the start code behind it.
        let length =
            unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        unit.get(..length)
    })
}

fn after_start_code(data: &[u8]) -> Option<&[u8]> {
    let start = data.windows(3).position(|window| window == [0, 0, 1])?;
    data.get(start.saturating_add(3)..)
}

#[cfg(test)]
mod tests {
    use super::H264Packer;
    use crate::media::pack::parameter_sets::samples::{PPS, RECORD, SPS};
    use crate::protocol::Timestamp;

    fn annex_b(units: &[&[u8]]) -> Vec<u8> {
        units.iter().flat_map(|unit| [&[0, 0, 0, 1], *unit].concat()).collect()
    }

    #[test]
    fn an_access_unit_becomes_a_header_and_a_frame() {
        let mut packer = H264Packer::new();
        let key = annex_b(&[&[9, 0xf0], SPS, PPS, &[0x06, 5], &[0x65, 1, 0, 2]]);
        let tags = packer.pack(&key, Timestamp(40), 80);
        let header = [&[0x17, 0, 0, 0, 0], RECORD].concat();
        assert_eq!(tags[0].payload, header);
        let frame = b"\x17\x01\0\0\x50\0\0\0\x02\x06\x05\0\0\0\x04\x65\x01\0\x02";
        assert_eq!(tags[1].payload, &frame[..]);
        assert_eq!((tags.len(), tags[1].timestamp), (2, Timestamp(40)));
        let tags = packer.pack(&key, Timestamp(80), 0);
        assert_eq!(tags.len(), 1, "the same header is not repeated");
        let inter = packer.pack(&annex_b(&[&[0x41, 7]]), Timestamp(120), -40);
        assert_eq!(inter[0].payload, &b"\x27\x01\xff\xff\xd8\0\0\0\x02\x41\x07"[..]);
    }

    #[test]
    fn what_has_no_picture_makes_no_frame() {
        let mut packer = H264Packer::new();
        for unit in [&[][..], &[0, 0, 1], &[1, 2, 3], &annex_b(&[SPS]), &annex_b(&[&[9, 0xf0]])] {
            assert_eq!(packer.pack(unit, Timestamp(0), 0), [], "{unit:?}");
        }
        let tags = packer.pack(&annex_b(&[PPS]), Timestamp(0), 0);
        assert!(tags.len() == 1 && tags[0].is_sequence_header());
    }
}
