//! Makes tags of AAC.

use crate::media::audio::Packet;
use crate::media::{AudioHeader, Tag, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::wire::Reader;

/// The samples in a frame of AAC.
const SAMPLES_PER_FRAME: u32 = 1024;

/// The sample rates by their numbers (ISO/IEC 14496-3, table 1.18).
const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// Makes tags of AAC as encoders return it: frames with ADTS headers.
///
/// ```
/// use rendercast::Timestamp;
/// use rendercast::media::AacPacker;
///
/// // A frame of one byte: 44.1 kHz, two channels.
/// let frame = [0xff, 0xf1, 0x50, 0x80, 0x01, 0x1f, 0xfc, 0x21];
/// let tags = AacPacker::new().pack(&frame, Timestamp(0));
/// assert!(tags[0].is_sequence_header());
/// assert_eq!(tags[1].payload[..], [0xaf, 1, 0x21]);
/// ```
#[derive(Debug, Default)]
pub struct AacPacker {
    /// The `AudioSpecificConfig` in the last sequence header.
    configuration: Option<[u8; 2]>,
}

/// One frame in ADTS.
struct Frame<'a> {
    configuration: [u8; 2],
    rate: u32,
    data: &'a [u8],
}

impl AacPacker {
    /// Makes a packer that has seen no frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes tags of one or more frames. `timestamp` is the time of the first. A sequence header
    /// precedes a frame whose rate or channels are new.
    ///
    /// Ends before the first byte that does not belong to a whole frame.
    pub fn pack(&mut self, mut frames: &[u8], timestamp: Timestamp) -> Vec<Tag> {
        let mut tags = Vec::new();
        let mut samples = 0_u64;
        while let Some(frame) = Frame::split_off(&mut frames) {
            let late = samples.saturating_mul(1000).checked_div(frame.rate.into()).unwrap_or(0);
            let timestamp = timestamp.plus(u32::try_from(late).unwrap_or(u32::MAX));
            if self.configuration != Some(frame.configuration) {
                self.configuration = Some(frame.configuration);
                tags.push(tag(Packet::SequenceHeader, &frame.configuration, timestamp));
            }
            tags.push(tag(Packet::Frames, frame.data, timestamp));
            samples = samples.saturating_add(SAMPLES_PER_FRAME.into());
        }
        tags
    }
}

fn tag(packet: Packet, data: &[u8], timestamp: Timestamp) -> Tag {
    let payload = [&AudioHeader::aac_bytes(packet), data].concat().into();
    Tag { kind: TagKind::Audio, timestamp, payload }
}

impl<'a> Frame<'a> {
    /// Splits off the first frame. Returns `None` if there is no whole one.
    fn split_off(frames: &mut &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(frames);
        let sync = reader.u16().ok()?;
        let (setup, length) = (reader.u16().ok()?, reader.u24().ok()?);
        if sync & 0xfff6 != 0xfff0 {
            return None;
        }
        let has_checksum = sync & 1 == 0;
        let header = if has_checksum { 9 } else { 7 };
        // Two bits of the length are the last of the second word.
        let length = (usize::from(setup & 3) << 11) | (length >> 13) as usize;
        let frame = frames.get(..length)?;
        let data = frame.get(header..)?;
        let object_type = (setup >> 14).saturating_add(1);
        let rate_number = (setup >> 10) & 0x0f;
        let channels = (setup >> 6) & 7;
        let rate = *RATES.get(usize::from(rate_number))?;
        let configuration = (object_type << 11) | (rate_number << 7) | (channels << 3);
        *frames = frames.get(length..)?;
        Some(Self { configuration: configuration.to_be_bytes(), rate, data })
    }
}

#[cfg(test)]
mod tests {
    use super::AacPacker;
    use crate::protocol::Timestamp;

    /// A frame of 44.1 kHz and two channels.
    fn frame(data: &[u8]) -> Vec<u8> {
        let length = 7 + data.len();
        let [high, low] = ((length as u16) << 5).to_be_bytes();
        let mut frame = vec![0xff, 0xf1, 0x50, 0x80, high, low | 0x1f, 0xfc];
        frame.extend(data);
        frame
    }

    #[test]
    fn frames_become_tags_behind_one_header() {
        let mut packer = AacPacker::new();
        let frames = [frame(b"one"), frame(b"two"), frame(b"three")].concat();
        let tags = packer.pack(&frames, Timestamp(100));
        let payloads: Vec<&[u8]> = tags.iter().map(|tag| &tag.payload[..]).collect();
        assert_eq!(
            payloads,
            [b"\xaf\x00\x12\x10", &b"\xaf\x01one"[..], b"\xaf\x01two", b"\xaf\x01three"]
        );
        let times: Vec<u32> = tags.iter().map(|tag| tag.timestamp.0).collect();
        assert_eq!(times, [100, 100, 123, 146]);
        assert_eq!(packer.pack(&frame(b"four"), Timestamp(170)).len(), 1);
    }

    #[test]
    fn what_is_no_whole_frame_is_left_out() {
        let whole = frame(b"one");
        for length in 0..whole.len() {
            assert_eq!(AacPacker::new().pack(&whole[..length], Timestamp(0)), [], "{length}");
        }
        // A length of less than the header, and a rate that does not exist.
        for (place, value) in [(4, 0), (2, 0x7c), (0, 0)] {
            let mut damaged = whole.clone();
            damaged[place] = value;
            assert_eq!(AacPacker::new().pack(&damaged, Timestamp(0)), [], "{place}");
        }
    }
}
