//! Clients that ask for pictures and do not read them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::media::{Canvas, PixelType};
use rendercast::{Connection, HandlerResult, RenderLoop, RenderLoopConfig, Server, Stream};

use super::server::{PATIENCE, SERVER_PATIENCE, impatient, settings, within, withstands_with};
use super::usage::{Usage, resident_kib};
use super::web::plays_at_once;
use super::web_client::Web;

const NOISE: &str = "/pictures/noise.png";

/// What the readers ask for.
#[cfg(feature = "jpeg")]
const PATHS: &[&str] = &[NOISE, "/pictures/noise.mjpeg", "/pictures/noise.jpg"];
#[cfg(not(feature = "jpeg"))]
const PATHS: &[&str] = &[NOISE];

/// The side of the picture. Of noise its file is as large as its pixels: more than most sockets
/// hold.
const SIDE: u32 = 512;

const READERS: usize = 300;

/// What all readers may take. With a copy of the file for each it would be 300 MiB.
const MOST_KIB: u64 = 96 << 10;

/// What the application `pictures` shows.
static SHOWN: Mutex<Option<Arc<RenderLoop>>> = Mutex::new(None);

fn show(shown: Option<Arc<RenderLoop>>) {
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = shown;
}

pub(super) fn install(server: &Server) {
    server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        connection.register_stream_event_handler(|stream: &Stream, _: &Value| {
            if let Some(shown) = &*SHOWN.lock().unwrap_or_else(PoisonError::into_inner) {
                stream.join(shown);
            }
            HandlerResult::Ok(true)
        });
        Ok(connection.app() == "pictures")
    });
}

/// A picture that stays. So it is encoded once, however slow the machine is.
fn noise(side: u32) -> Arc<RenderLoop> {
    let mut canvas = Canvas::new(side, side, PixelType::Rgb8).expect("a small canvas");
    let mut number = 1u32;
    for row in 0..side {
        canvas.row_mut(row).fill_with(|| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            number.to_be_bytes()[0]
        });
    }
    let config = RenderLoopConfig::new("noise").size(side, side).pixel_type(PixelType::Rgb8);
    let codecs = VideoCodecFactory::default();
    let shown = RenderLoop::of_pictures(config, &codecs, "screen video").expect("a codec");
    shown.publish(canvas).expect("a picture of that size");
    Arc::new(shown)
}

/// Returns a picture that is there, or will be soon: the publisher's thread may be late.
fn picture(server: SocketAddr, path: &str) -> Vec<u8> {
    let mut file = Vec::new();
    within(PATIENCE, || {
        let (head, body) = Web::get(server, path, "");
        file = body;
        head.status == 200
    });
    file
}

#[test]
fn hundreds_of_slow_readers_of_pictures_hold_up_nobody() {
    // All have come before the first is closed.
    let queues = Queues::default().write_timeout(3 * SERVER_PATIENCE);
    withstands_with(impatient().queues(queues), |server| {
        show(Some(noise(SIDE)));
        let file = picture(server, NOISE);
        assert!(file.len() > (SIDE * SIDE * 3) as usize, "{} bytes", file.len());
        #[cfg(feature = "jpeg")]
        assert!(picture(server, "/pictures/noise.jpg").len() > 100_000);
        let (usage, resident) = (Usage::now(), resident_kib());
        let mut readers: Vec<_> = (0..READERS).map(|_| Web::connect(server)).collect();
        for (index, reader) in readers.iter_mut().enumerate() {
            reader.ask("GET", PATHS[index % PATHS.len()], "");
        }
        plays_at_once(server);
        assert!(picture(server, NOISE) == file);
        // They read nothing, so the server closes them once the write timeout is over.
        within(PATIENCE * 4, || {
            let growth = resident_kib().saturating_sub(resident);
            assert!(growth <= MOST_KIB, "{growth} KiB more than before");
            Usage::now().threads <= usage.threads
        });
        let received = readers.into_iter().map(Web::until_cut).enumerate();
        // The sockets of some may have room for a whole picture. Those of JPEG are shorter.
        let cut = received.filter(|(index, received)| {
            assert!(received.starts_with(b"HTTP/1.1 200 "), "{} bytes", received.len());
            PATHS[index % PATHS.len()] == NOISE && received.len() < file.len()
        });
        let count = cut.count();
        assert!(count > READERS / PATHS.len() / 4, "{count}: they were no slow readers");
        show(None);
    });
}

#[cfg(feature = "jpeg")]
#[test]
fn a_viewer_of_a_moving_picture_that_sends_without_end_is_closed() {
    const MOST_BYTES: usize = 64 << 20;
    withstands_with(settings(), |server| {
        // So small that the sockets take it for long, though the client does not read it.
        show(Some(noise(8)));
        picture(server, NOISE);
        let usage = Usage::now();
        let (mut web, head) = Web::request(server, "GET", "/pictures/noise.mjpeg", "");
        assert_eq!(head.status, 200);
        let mut sent = 0;
        while web.try_send(&[b'x'; 16 << 10]) {
            sent += 16 << 10;
            assert!(sent < MOST_BYTES, "the server reads on");
        }
        within(PATIENCE, || Usage::now().threads <= usage.threads);
        plays_at_once(server);
        show(None);
    });
}
