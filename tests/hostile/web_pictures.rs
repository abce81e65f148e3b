//! Clients that ask for pictures and do not read them.

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::media::{Canvas, PixelType};
use rendercast::{Connection, FrameOut, HandlerResult, PlayOut, Server, Stream};

use super::server::{PATIENCE, SERVER_PATIENCE, settings, within, withstands_with};
use super::usage::{Usage, resident_kib};
use super::web::plays_at_once;
use super::web_client::Web;

const NOISE: &str = "/pictures/noise.png";

/// The side of the picture. Of noise its file is as large as its pixels: more than sockets hold.
const SIDE: u32 = 512;

const READERS: usize = 300;

/// What all readers may take. With a copy of the file for each it would be 230 MiB.
const MOST_KIB: u64 = 96 << 10;

/// Draws noise for each client of the application `pictures`.
pub(super) fn install(server: &Server) {
    server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        connection.register_stream_event_handler(|stream: &Stream, _: &Value| {
            stream.register_play_event_handler(draw_noise);
            HandlerResult::Ok(true)
        });
        Ok(connection.app() == "pictures")
    });
}

/// What a client takes that waits for a picture, or for its rest, is the server's alone: pixels and
/// encoder are made for the first frame.
fn draw_noise(stream: &Stream, _: &mut PlayOut) -> HandlerResult {
    assert!(stream.use_codec("screen video"), "the codec is built in");
    let codec = stream.video_codec().ok_or("no codec")?;
    let mut canvas = None;
    stream.register_frame_event_handler(
        move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            if canvas.is_none() {
                out.video(codec.init(SIDE, SIDE)?);
            }
            out.video(codec.encode_canvas(canvas.get_or_insert_with(noise))?);
            Ok(true)
        },
    );
    Ok(true)
}

fn noise() -> Canvas<'static> {
    let mut canvas = Canvas::new(SIDE, SIDE, PixelType::Rgb8).expect("a small canvas");
    let mut number = 1u32;
    for row in 0..SIDE {
        canvas.row_mut(row).fill_with(|| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            number.to_be_bytes()[0]
        });
    }
    canvas
}

#[test]
fn hundreds_of_slow_readers_of_pictures_hold_up_nobody() {
    // All have come before the first is closed.
    let queues = Queues::default().write_timeout(3 * SERVER_PATIENCE);
    withstands_with(settings().queues(queues), |server| {
        let (_, file) = Web::get(server, NOISE, "");
        assert!(file.len() > (SIDE * SIDE * 3) as usize, "{} bytes", file.len());
        let (usage, resident) = (Usage::now(), resident_kib());
        let mut readers: Vec<_> = (0..READERS).map(|_| Web::connect(server)).collect();
        readers.iter_mut().for_each(|reader| reader.ask("GET", NOISE, ""));
        plays_at_once(server);
        let (head, again) = Web::get(server, NOISE, "");
        assert_eq!((head.status, again.len()), (200, file.len()));
        // They read nothing, so the server closes them once the write timeout is over.
        within(PATIENCE * 4, || {
            let growth = resident_kib().saturating_sub(resident);
            assert!(growth <= MOST_KIB, "{growth} KiB more than before");
            Usage::now().threads <= usage.threads
        });
        let received = readers.into_iter().map(Web::until_cut);
        // The sockets of some may have room for all.
        let cut = received.filter(|received| {
            assert!(received.starts_with(b"HTTP/1.1 200 "), "{} bytes", received.len());
            received.len() < file.len()
        });
        assert!(cut.count() > READERS / 2, "they were no slow readers");
    });
}
