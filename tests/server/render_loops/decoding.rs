//! A built-in codec, decoded from the frame at which a viewer joined.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rendercast::client::Player;
use rendercast::media::PixelType;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::{HandlerResult, LoopCanvas, RenderLoop, RenderLoopConfig, TagKind};

use super::host_of;

const CODEC: &str = "screen video";
const FRAMES: usize = 20;
const SIDE: u32 = 256;
/// The value of the lower half. It never changes, so only key frames contain it.
const STILL: u8 = 200;

/// Draws numbers in the upper half, and `STILL` in the lower one.
fn draw() -> impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static {
    let mut last: u8 = 0;
    move |canvas| {
        last = last.wrapping_add(1);
        for row in 0..SIDE {
            canvas.row_mut(row).fill(if row < SIDE / 2 { last } else { STILL });
        }
        Ok(true)
    }
}

#[test]
fn every_viewer_sees_the_pictures_as_they_were_drawn() {
    let codecs = VideoCodecFactory::default();
    // The viewers begin with the cache, or with key frames that are asked for.
    for cached_frames in [100, 0] {
        let config = RenderLoopConfig::new("decoded").rate(50.0).size(SIDE, SIDE);
        let config = config.pixel_type(PixelType::Rgb8).cached_frames(cached_frames);
        let config = config.key_frame_interval(Duration::from_millis(100));
        let scene = RenderLoop::new(config, &codecs, CODEC, draw()).expect("it can encode");
        let host = host_of(&Arc::new(scene));
        let url = format!("rtmp://{}/live/scene", host.address);
        thread::scope(|scope| {
            for viewer in 0..6 {
                let (url, codecs) = (&url, &codecs);
                scope.spawn(move || {
                    thread::sleep(Duration::from_millis(viewer * 70));
                    let marks = decode(url, codecs);
                    let steps: Vec<u8> =
                        marks.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
                    // No number goes back. A busy machine repeats a picture, or renders some that
                    // are never sent.
                    assert!(steps.iter().all(|step| *step < 128), "{marks:?}");
                    assert_ne!(steps.iter().max(), Some(&0), "nothing moves: {marks:?}");
                });
            }
        });
    }
}

/// Returns the number in each decoded picture.
fn decode(url: &str, codecs: &VideoCodecFactory) -> Vec<u8> {
    let mut decoder = codecs.create_video_decoder(CODEC).expect("it is the library's own");
    decoder.init(&[]).expect("it begins with nothing");
    let player = Player::open(url).expect("it plays");
    let tags = player.map(|tag| tag.expect("the loop goes on"));
    let video = tags.filter(|tag| tag.kind == TagKind::Video).take(FRAMES);
    video
        .map(|tag| {
            let picture = decoder.decode_canvas(&tag.payload[1..]).expect("it can be decoded");
            let picture = picture.expect("each frame is a picture");
            let mark = picture.row(0)[0];
            for row in 0..SIDE {
                let expected = if row < SIDE / 2 { mark } else { STILL };
                assert!(picture.row(row).iter().all(|byte| *byte == expected), "row {row}");
            }
            mark
        })
        .collect()
}
