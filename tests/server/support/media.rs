//! Numbered video frames: AVC in the tags of FLV (FLV 10.1 §E.4.3).

use bytes::Bytes;

const KEY: u8 = 0x17;
const INTER: u8 = 0x27;
/// Frame type and codec, packet type, composition time.
const HEADER_LEN: usize = 5;

/// Makes a frame that can be decoded by itself, with `length` bytes after its number.
pub(crate) fn key_frame(number: u32, length: usize) -> Bytes {
    frame(KEY, number, length)
}

/// Makes a frame that depends on those before it.
pub(crate) fn inter_frame(number: u32, length: usize) -> Bytes {
    frame(INTER, number, length)
}

pub(crate) fn is_key_frame(payload: &[u8]) -> bool {
    payload[0] == KEY
}

pub(crate) fn frame_number(payload: &[u8]) -> u32 {
    let number = &payload[HEADER_LEN..HEADER_LEN + 4];
    u32::from_be_bytes(number.try_into().expect("four bytes"))
}

fn frame(kind: u8, number: u32, length: usize) -> Bytes {
    let mut payload = vec![kind, 1, 0, 0, 0];
    payload.extend(number.to_be_bytes());
    payload.resize(payload.len() + length, 0);
    payload.into()
}
