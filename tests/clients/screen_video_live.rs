//! Screen video over RTMP: ffmpeg shows every canvas that the frame handler encoded, as it was.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use libtest_mimic::Trial;
use rendercast::amf::{Object, Value};
use rendercast::media::{Canvas, PixelType};
use rendercast::{Connection, FrameOut, HandlerResult, PlayOut, Server, ServerConfig, Stream};

use super::ffmpeg::pictures_of;
use super::film::SLACK;
use super::need::{Need, trial};
use super::support::process::Process;

const NEEDS: &[Need] = &[Need::Program("ffmpeg")];

const WIDTH: u32 = 321;
const HEIGHT: u32 = 181;
const FRAME_RATE: u32 = 50;
const FRAMES: u32 = 100;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("screen_video_live::every_canvas_is_shown_as_it_was", NEEDS, || {
            shows("screen video");
        }),
        trial("screen_video_live::every_canvas_is_shown_as_it_was_2", NEEDS, || {
            shows("screen video 2");
        }),
    ]
}

/// The canvases that were sent.
type Sent = Arc<Mutex<Vec<Canvas<'static>>>>;

fn shows(codec: &'static str) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let pictures = folder.path().join("pictures.rgb");
    let sent = Sent::default();
    let server = server(codec, &sent);
    let url = format!("{}/live/scene", server.listen_addresses()[0]);

    let ended = Process::spawn(pictures_of(&url).arg(&pictures))
        .wait(Duration::from_secs((FRAMES / FRAME_RATE).into()) + SLACK);
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");

    let sent = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
    assert_eq!(sent.len(), FRAMES as usize);
    let shown = fs::read(&pictures).expect("ffmpeg has written it");
    let picture_bytes = WIDTH as usize * HEIGHT as usize * 3;
    assert_eq!(shown.len(), picture_bytes * sent.len(), "bytes of {} pictures", sent.len());
    for (number, (shown, sent)) in shown.chunks_exact(picture_bytes).zip(&sent).enumerate() {
        assert!(shown == sent.bytes(), "picture {number} of {codec} is another one");
    }
}

/// A server whose streams encode all canvases, and end.
fn server(codec: &'static str, sent: &Sent) -> Server {
    let sent = Arc::clone(sent);
    let server = Server::new(ServerConfig::default());
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let sent = Arc::clone(&sent);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            set_up(stream, &sent);
            Ok(stream.use_codec(codec))
        });
        Ok(true)
    });
    server.start("127.0.0.1:0").expect("a free port");
    server
}

fn set_up(stream: &Stream, sent: &Sent) {
    stream.set_property("render_rate", FRAME_RATE).expect("a rate");
    stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| -> HandlerResult {
        let codec = stream.video_codec().ok_or("no codec")?;
        assert!(codec.set_parameter("keyframe_interval", "30"));
        out.video(codec.init(WIDTH, HEIGHT)?);
        Ok(true)
    });
    let (mut numbers, sent) = (0..FRAMES, Arc::clone(sent));
    stream.register_frame_event_handler(
        move |stream: &Stream, out: &mut FrameOut, outqueue_is_full: bool| -> HandlerResult {
            if outqueue_is_full {
                return Ok(true);
            }
            let Some(number) = numbers.next() else {
                out.end();
                return Ok(true);
            };
            let canvas = picture(number);
            let codec = stream.video_codec().ok_or("no codec")?;
            let frame = codec.encode_canvas(&canvas)?;
            assert!(frame.is_some(), "this codec leaves nothing out");
            sent.lock().unwrap_or_else(PoisonError::into_inner).push(canvas);
            out.video(frame);
            Ok(true)
        },
    );
}

/// A coloured ramp, a window that moves over it, and grain in a corner: blocks that stay, that
/// change in part, and that cannot be compressed.
fn picture(number: u32) -> Canvas<'static> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8).expect("a size");
    let (left, top) = (number * 3 % WIDTH, number * 2 % HEIGHT);
    for row in 0..HEIGHT {
        for (column, pixel) in (0..).zip(canvas.row_mut(row).chunks_exact_mut(3)) {
            let is_window = (left..left + 150).contains(&column) && (top..top + 90).contains(&row);
            let is_grain = column < 64 && row < 64;
            let colour = match (is_grain, is_window) {
                (true, _) => grain(column, row, number),
                (false, true) => [0xf0, number as u8, (row - top) as u8],
                (false, false) => [(column / 3) as u8, (row / 2) as u8, 0x40],
            };
            pixel.copy_from_slice(&colour);
        }
    }
    canvas
}

fn grain(column: u32, row: u32, number: u32) -> [u8; 3] {
    let seed = column.wrapping_mul(0x9e37_79b1) ^ row.wrapping_mul(0x85eb_ca6b) ^ (number / 4);
    let [_, red, green, blue] = seed.wrapping_mul(0xc2b2_ae35).to_be_bytes();
    [red, green, blue]
}
