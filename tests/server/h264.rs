//! H.264 on the wire: the sequence header first, and key frames when they are asked for.

use rendercast::client::Player;
use rendercast::media::video::{Codec, CodecId, Packet};
use rendercast::media::{Canvas, PixelType, VideoHeader};
use rendercast::{FrameOut, HandlerResult, PlayOut, Stream, TagKind};

use crate::support::{Host, on_streams};

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
const INTERVAL: usize = 6;
/// A key frame is asked for before this frame.
const ASKED_FOR: usize = 8;

fn encode(stream: &Stream, out: &mut FrameOut, number: usize) -> HandlerResult {
    let codec = stream.video_codec().ok_or("no codec")?;
    if number == ASKED_FOR {
        assert!(codec.set_parameter("force_keyframe", "1"));
    }
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Grey8)?;
    canvas.row_mut(number as u32 % HEIGHT).fill(255);
    out.video(codec.encode_canvas(&canvas)?);
    Ok(true)
}

#[test]
fn the_header_comes_first_and_key_frames_where_they_are_asked_for() {
    let host = Host::start(on_streams(|stream| {
        assert!(stream.use_codec("H264"));
        stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| -> HandlerResult {
            let codec = stream.video_codec().ok_or("no codec")?;
            assert!(codec.set_parameter("keyframe_interval", &INTERVAL.to_string()));
            out.video(codec.init(WIDTH, HEIGHT)?);
            Ok(true)
        });
        let mut numbers = 0..;
        stream.register_frame_event_handler(
            move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                encode(stream, out, numbers.next().ok_or("no end")?)
            },
        );
    }));
    let player = Player::open(&format!("rtmp://{}/live/scene", host.address)).expect("it plays");
    let tags = player.map(|tag| tag.expect("the server goes on"));
    let video: Vec<_> = tags.filter(|tag| tag.kind == TagKind::Video).take(18).collect();
    for (place, tag) in video.iter().enumerate() {
        let header = VideoHeader::parse(&tag.payload).expect("a whole header");
        assert_eq!(header.codec, Some(Codec::Classic(CodecId::AVC)));
        let is_first = place == 0;
        let expected = if is_first { Packet::SequenceHeader } else { Packet::Frames };
        assert_eq!((header.packet, header.composition_time), (expected, 0));
    }
    let frames = &video[1..];
    let key_frames: Vec<_> =
        (0..frames.len()).filter(|number| frames[*number].is_key_frame()).collect();
    assert_eq!(key_frames, [0, INTERVAL, ASKED_FOR, ASKED_FOR + INTERVAL]);
}
