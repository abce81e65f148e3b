//! Screen video and screen video 2, decoded frame by frame. The bytes are frames, each behind its
//! length in two bytes.
//!
//! - Canvases are of the size that their frames declare, and within the limit.
//! - What was decoded can be encoded, and is then decoded as before.

use rendercast::media::codec::screen::{
    Screen2Decoder, Screen2Encoder, ScreenDecoder, ScreenEncoder,
};
use rendercast::media::codec::{CodecError, VideoDecoder, VideoEncoder};
use rendercast::media::{Canvas, RowOrder};

const MAX_PIXELS: usize = 1 << 14;

pub fn run(bytes: &[u8]) {
    decode_all(bytes, new_decoder, || Box::new(ScreenEncoder::new()));
}

pub fn run_2(bytes: &[u8]) {
    decode_all(bytes, new_decoder_2, || Box::new(Screen2Encoder::new()));
    let mut told = Screen2Decoder::new();
    assert!(told.set_parameter("max_pixels", &MAX_PIXELS.to_string()));
    told.init(&[]).expect("it needs nothing");
    for (number, frame) in frames(bytes).enumerate() {
        if let Ok(Some(canvas)) = told.decode_frame(frame, number % 3 == 0) {
            assert_declared(&canvas, frame);
        }
    }
}

fn decode_all(
    bytes: &[u8],
    new_decoder: fn() -> Box<dyn VideoDecoder>,
    new_encoder: fn() -> Box<dyn VideoEncoder>,
) {
    let mut decoder = new_decoder();
    for frame in frames(bytes) {
        match decoder.decode_canvas(frame) {
            Ok(Some(canvas)) => {
                assert_declared(&canvas, frame);
                survives_encoding(&canvas, new_encoder(), new_decoder());
            }
            Ok(None) | Err(CodecError::InvalidData(_)) => {}
            Err(error) => panic!("data are to blame for data alone, not for {error}"),
        }
        if let Some(format) = decoder.format() {
            assert!(format.width as usize * format.height as usize <= MAX_PIXELS);
        }
    }
}

fn new_decoder() -> Box<dyn VideoDecoder> {
    started(Box::new(ScreenDecoder::new()))
}

fn new_decoder_2() -> Box<dyn VideoDecoder> {
    started(Box::new(Screen2Decoder::new()))
}

fn started(mut decoder: Box<dyn VideoDecoder>) -> Box<dyn VideoDecoder> {
    assert!(decoder.set_parameter("max_pixels", &MAX_PIXELS.to_string()));
    decoder.init(&[]).expect("it needs nothing");
    decoder
}

fn frames(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (frame, rest) = rest.split_at(length);
        bytes = rest;
        Some(frame)
    })
}

fn assert_declared(canvas: &Canvas<'_>, frame: &[u8]) {
    let side = |high: u8, low: u8| u32::from(high & 0x0f) << 8 | u32::from(low);
    let [a, b, c, d, ..] = *frame else { panic!("a canvas of {} bytes", frame.len()) };
    assert_eq!((canvas.width(), canvas.height()), (side(a, b), side(c, d)));
    assert_eq!(canvas.row_order(), RowOrder::BottomUp);
}

fn survives_encoding(
    canvas: &Canvas<'_>,
    mut encoder: Box<dyn VideoEncoder>,
    mut decoder: Box<dyn VideoDecoder>,
) {
    encoder.init(canvas.width(), canvas.height()).expect("a size that the format has");
    let data = encoder.encode_canvas(canvas).expect("a canvas").expect("a frame for each");
    let again = decoder.decode_canvas(&data.bytes).expect("what we encode").expect("a picture");
    assert_eq!(again.bytes(), canvas.bytes());
}
