//! A stream without a camera: FLV tags of the sizes and the rhythm of real ones, filled with noise.
//!
//! 25 video tags a second at 1.5 Mbit/s with a key frame each 2 s, 43 audio tags a second at
//! 96 kbit/s. Light viewers cannot tell it from a film; a decoder can.

use std::io::{self, Write};

use rendercast::protocol::amf::{Object, Value, amf0};

use crate::random::Random;

const FRAMES_PER_SECOND: u32 = 25;
const FRAMES_PER_KEY_FRAME: u32 = 50;
const KEY_FRAME_BYTES: usize = 45_000;
const INTER_FRAME_BYTES: usize = 6_700;
const SAMPLES_PER_SECOND: u64 = 44_100;
const SAMPLES_PER_AUDIO_TAG: u64 = 1_024;
const AUDIO_BYTES: usize = 270;

const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const SCRIPT: u8 = 18;

/// Decoder configuration of H.264 at 640x360, constrained baseline.
#[rustfmt::skip]
const AVC_CONFIGURATION: [u8; 44] = [
    0x17, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0x00, 0x18,
    0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x2f, 0xf9, 0x70, 0x11, 0x00,
    0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x16, 0x2e,
    0x01, 0x00, 0x04, 0x68, 0xcb, 0x8c, 0xb2,
];

/// Decoder configuration of AAC-LC at 44.1 kHz, stereo.
const AAC_CONFIGURATION: [u8; 4] = [0xaf, 0x00, 0x12, 0x10];

/// Writes an FLV file of that length.
pub(crate) fn write(seconds: u32, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"FLV\x01\x05\0\0\0\x09\0\0\0\0")?;
    write_tag(out, SCRIPT, 0, &metadata(seconds))?;
    write_tag(out, VIDEO, 0, &AVC_CONFIGURATION)?;
    write_tag(out, AUDIO, 0, &AAC_CONFIGURATION)?;
    let mut random = Random::new(1);
    let mut audio_tags = 0;
    for frame in 0..seconds * FRAMES_PER_SECOND {
        let timestamp = frame * 1000 / FRAMES_PER_SECOND;
        write_tag(out, VIDEO, timestamp, &video(frame, &mut random))?;
        let next = (frame + 1) * 1000 / FRAMES_PER_SECOND;
        while audio_timestamp(audio_tags) < next {
            write_tag(out, AUDIO, audio_timestamp(audio_tags), &audio(&mut random))?;
            audio_tags += 1;
        }
    }
    Ok(())
}

fn metadata(seconds: u32) -> Vec<u8> {
    let members = Object::new()
        .with("duration", seconds)
        .with("width", 640)
        .with("height", 360)
        .with("framerate", FRAMES_PER_SECOND)
        .with("videodatarate", 1500)
        .with("videocodecid", 7)
        .with("audiodatarate", 96)
        .with("audiosamplerate", 44_100)
        .with("stereo", true)
        .with("audiocodecid", 10);
    let mut payload = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut payload);
    amf0::encode(&Value::EcmaArray(members), &mut payload);
    payload
}

/// A frame: tag header, then one NAL unit of noise behind its length.
fn video(frame: u32, random: &mut Random) -> Vec<u8> {
    let is_key = frame.is_multiple_of(FRAMES_PER_KEY_FRAME);
    let (first, nal_type, size) =
        if is_key { (0x17, 0x65, KEY_FRAME_BYTES) } else { (0x27, 0x41, INTER_FRAME_BYTES) };
    let mut payload = vec![first, 1, 0, 0, 0];
    payload.extend_from_slice(&(size as u32).to_be_bytes());
    payload.push(nal_type);
    noise(&mut payload, size - 1, random);
    payload
}

fn audio(random: &mut Random) -> Vec<u8> {
    let mut payload = vec![0xaf, 1];
    noise(&mut payload, AUDIO_BYTES, random);
    payload
}

fn noise(payload: &mut Vec<u8>, bytes: usize, random: &mut Random) {
    let start = payload.len();
    payload.resize(start + bytes, 0);
    random.fill(&mut payload[start..]);
}

fn audio_timestamp(tag: u64) -> u32 {
    (tag * SAMPLES_PER_AUDIO_TAG * 1000 / SAMPLES_PER_SECOND) as u32
}

/// Writes one tag and the back pointer after it (FLV specification, annex E.4.1).
fn write_tag(out: &mut impl Write, kind: u8, timestamp: u32, payload: &[u8]) -> io::Result<()> {
    let [_, size @ ..] = (payload.len() as u32).to_be_bytes();
    let [extension, time @ ..] = timestamp.to_be_bytes();
    out.write_all(&[kind])?;
    out.write_all(&size)?;
    out.write_all(&time)?;
    out.write_all(&[extension, 0, 0, 0])?;
    out.write_all(payload)?;
    out.write_all(&(payload.len() as u32 + 11).to_be_bytes())
}
