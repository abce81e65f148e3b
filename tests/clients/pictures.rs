//! Still pictures, as an independent decoder sees them.

use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;
use rendercast::amf::{Object, Value};
use rendercast::media::{Canvas, PixelType};
use rendercast::{
    Connection, FrameOut, HandlerResult, LoopCanvas, PlayOut, RenderLoopConfig, Scheme, Server,
    ServerConfig, Stream,
};

use super::film::SLACK;
use super::need::{Need, trial};
use super::support::process::Process;

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];

const WIDTH: u32 = 61;
const HEIGHT: u32 = 37;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("pictures::ffmpeg_decodes_every_pixel", FFMPEG, ffmpeg_decodes_every_pixel),
        #[cfg(feature = "jpeg")]
        trial("pictures::ffmpeg_decodes_moving_pictures", FFMPEG, ffmpeg_decodes_moving_pictures),
    ]
}

/// A pixel of the pattern.
fn pixel(column: u32, row: u32) -> [u8; 3] {
    [(column * 4) as u8, (row * 6) as u8, (column * row) as u8]
}

fn draw(canvas: &mut Canvas<'_>) {
    for row in 0..HEIGHT {
        let pixels = (0..WIDTH).flat_map(|column| pixel(column, row));
        canvas.row_mut(row).iter_mut().zip(pixels).for_each(|(byte, value)| *byte = value);
    }
}

/// A server with a shared loop at `/live/shared`, and streams that draw for themselves.
fn server() -> Server {
    let server = Server::new(ServerConfig::default());
    let config = RenderLoopConfig::new("shared").size(WIDTH, HEIGHT).pixel_type(PixelType::Rgb8);
    let render = |canvas: &mut LoopCanvas| -> HandlerResult {
        draw(canvas);
        Ok(true)
    };
    let shared = server.render_loops().start(config, "screen video", render).expect("a loop");
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let shared = Arc::clone(&shared);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            let shared = Arc::clone(&shared);
            stream.register_play_event_handler(move |stream: &Stream, out: &mut PlayOut| {
                if stream.stream_name() == "shared" {
                    stream.join(&shared);
                    return Ok(true);
                }
                draw_alone(stream, out)
            });
            HandlerResult::Ok(true)
        });
        Ok(true)
    });
    server.start("127.0.0.1:0").expect("a free port");
    server
}

fn draw_alone(stream: &Stream, out: &mut PlayOut) -> HandlerResult {
    assert!(stream.use_codec("screen video"));
    let codec = stream.video_codec().ok_or("no codec")?;
    out.video(codec.init(WIDTH, HEIGHT)?);
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8)?;
    stream.register_frame_event_handler(
        move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            draw(&mut canvas);
            out.video(codec.encode_canvas(&canvas)?);
            Ok(true)
        },
    );
    Ok(true)
}

/// All pixels of the pattern.
fn pixels() -> Vec<u8> {
    (0..HEIGHT).flat_map(|row| (0..WIDTH).flat_map(move |column| pixel(column, row))).collect()
}

fn ffmpeg_decodes_every_pixel() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let server = server();
    let http = server.listen_addresses()[0].url(Scheme::Http);
    let expected = pixels();
    for name in ["shared", "own"] {
        let pixels = folder.path().join(name);
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-hide_banner", "-i", &format!("{http}/live/{name}.png")]);
        ffmpeg.args(["-f", "rawvideo", "-pix_fmt", "rgb24"]).arg(&pixels);
        Process::spawn(&mut ffmpeg).wait(SLACK).expect_success();
        let pixels = std::fs::read(&pixels).expect("ffmpeg wrote the pixels");
        assert!(pixels == expected, "{name} has other pixels, {} bytes", pixels.len());
    }
}

/// The pattern has an edge at every pixel of its blue, which JPEG blurs. Pixels in another place,
/// or with other colours, are 60 apart and more.
#[cfg(feature = "jpeg")]
fn ffmpeg_decodes_moving_pictures() {
    const MOST_BLUR: f64 = 20.0;
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let server = server();
    let http = server.listen_addresses()[0].url(Scheme::Http);
    let expected = pixels();
    for (name, format, count) in [("shared.mjpeg", "mpjpeg", 2), ("own.jpg", "image2", 1)] {
        let pixels = folder.path().join(name);
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-hide_banner", "-f", format, "-i", &format!("{http}/live/{name}")]);
        ffmpeg.args(["-frames:v", &count.to_string()]);
        ffmpeg.args(["-f", "rawvideo", "-pix_fmt", "rgb24"]).arg(&pixels);
        Process::spawn(&mut ffmpeg).wait(SLACK).expect_success();
        let pixels = std::fs::read(&pixels).expect("ffmpeg wrote the pixels");
        assert_eq!(pixels.len(), expected.len() * count, "{name}");
        for pixels in pixels.chunks_exact(expected.len()) {
            let errors = pixels.iter().zip(&expected).map(|(one, other)| one.abs_diff(*other));
            let mean = errors.map(f64::from).sum::<f64>() / expected.len() as f64;
            assert!(mean < MOST_BLUR, "{name}: the pixels are {mean:.1} apart");
        }
    }
}
