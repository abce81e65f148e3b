//! Still pictures of streams over HTTP.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::media::{Canvas, PixelType};
use rendercast::{
    Connection, FrameOut, HandlerResult, LoopCanvas, LoopFrameOut, PlayEventHandler, PlayOut,
    Refusal, RenderLoop, RenderLoopConfig, Server, ServerFigures, Stream,
};

use crate::support::{Host, PATIENCE, Told, key_frame, on_streams};
use crate::web::Web;

pub(crate) const CODEC: &str = "screen video";

/// The time between two questions. The server refuses more connections than its `accept_rate`.
const PAUSE: Duration = Duration::from_millis(20);

/// Decodes a PNG into width, height and red, green, blue.
fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a small picture")];
    let info = reader.next_frame(&mut pixels).expect("a whole picture");
    assert_eq!(info.color_type, png::ColorType::Rgb);
    (info.width, info.height, pixels)
}

/// Returns the first byte of a picture that is there.
#[track_caller]
fn mark(address: SocketAddr, path: &str) -> u8 {
    let (head, file) = Web::get(address, path, "");
    assert_eq!(head.status, 200, "{}", String::from_utf8_lossy(&file));
    decode(&file).2[0]
}

pub(crate) fn config() -> RenderLoopConfig {
    RenderLoopConfig::new("scene").size(16, 8).pixel_type(PixelType::Rgb8)
}

/// A loop that draws numbers, from 1 on.
pub(crate) fn numbers(server: &Server) -> Arc<RenderLoop> {
    let mut last = 0u8;
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        last = last.wrapping_add(1);
        canvas.row_mut(0).fill(last);
        canvas.row_mut(7).copy_from_slice(&(0..48).collect::<Vec<u8>>());
        Ok(true)
    };
    server.render_loops().start(config(), CODEC, draw).expect("the codec is there")
}

/// A server whose streams show a loop.
pub(crate) fn host_of(make: impl FnOnce(&Server) -> Arc<RenderLoop>) -> (Host, Arc<RenderLoop>) {
    let host = Host::start_empty(Default::default());
    let scene = make(&host.server);
    let shown = Arc::clone(&scene);
    host.server.install(on_streams(move |stream: &Stream| stream.join(&shown)));
    (host, scene)
}

/// What ends the drawing of [`drawing`].
pub(crate) const ENOUGH: &str = "enough";

/// A server whose streams draw for themselves, in numbers, until they are told that it is enough.
pub(crate) fn drawing(told: &Told) -> Host {
    let told = told.clone();
    Host::start(on_streams(move |stream: &Stream| {
        assert!(stream.use_codec(CODEC));
        stream.register_play_event_handler(Plays(told.clone()));
        let (rendering, told) = (told.clone(), told.clone());
        stream.register_render_event_handler(move |_: &Stream| -> HandlerResult {
            rendering.note("rendered");
            Ok(true)
        });
        let mut pictures = 0u8;
        stream.register_frame_event_handler(
            move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                if told.count(ENOUGH) > 0 {
                    return Ok(true);
                }
                pictures = pictures.wrapping_add(1);
                let canvas = Canvas::from_vec(2, 2, PixelType::Grey8, vec![pictures; 4])?;
                let codec = stream.video_codec().ok_or("no codec")?;
                out.video(codec.encode_canvas(&canvas)?);
                Ok(true)
            },
        );
    }))
}

struct Plays(Told);

impl PlayEventHandler for Plays {
    fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult {
        self.0.note(format!("play {}", stream.stream_name()));
        if stream.stream_name() == "secret" {
            return Err(Refusal::new("NetStream.Play.Failed", "Not you.").into());
        }
        out.video(stream.video_codec().ok_or("no codec")?.init(2, 2)?);
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut rendercast::MediaOut) -> HandlerResult {
        self.0.note(format!("stop {}", stream.stream_name()));
        Ok(true)
    }
}

#[test]
fn a_picture_of_a_render_loop_is_drawn_for_those_who_ask() {
    let (host, scene) = host_of(numbers);
    let (head, file) = Web::get(host.address, "/live/scene.png", "");
    let field = |name| head.field(name);
    assert_eq!((head.status, field("content-type")), (200, Some("image/png")));
    assert_eq!(field("cache-control"), Some("no-store"));
    assert_eq!(field("x-content-type-options"), Some("nosniff"));
    assert_eq!(field("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(field("access-control-allow-origin"), Some("*"));
    let (width, height, pixels) = decode(&file);
    assert_eq!((width, height), (16, 8));
    let last = (0..48).collect::<Vec<u8>>();
    assert_eq!((&pixels[3 * 16..4 * 16], &pixels[7 * 48..]), (&[0; 16][..], &last[..]));
    assert_eq!(scene.viewers(), 0);
    // Nothing watches the loop, so it rests between two pictures.
    let first = pixels[0];
    let since = Instant::now();
    while mark(host.address, "/live/scene.png?at=2") == first {
        assert!(since.elapsed() < PATIENCE, "the same picture for long");
        thread::sleep(PAUSE);
    }
}

#[test]
fn many_who_ask_at_once_cost_a_few_pictures() {
    let (host, _scene) = host_of(numbers);
    let (address, since) = (host.address, Instant::now());
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| (0..20).for_each(|_| assert!(mark(address, "/live/scene.png") > 0)));
        }
    });
    let most = 1 + since.elapsed().as_millis() as u64 / 500;
    let made = host.server.figures().pictures_encoded;
    assert!((1..=most).contains(&made), "{made} of {most} at most, for 200 requests");
}

#[test]
fn a_picture_is_that_of_the_loop_in_each_of_its_encodings() {
    let host = Host::start_empty(Default::default());
    let scene = numbers(&host.server);
    let codecs = host.server.video_codec_factory();
    scene.add_encoding(RenderLoopConfig::new("low"), codecs, CODEC).expect("an encoding");
    let loops = host.server.render_loops().clone();
    host.server.install(on_streams(move |stream: &Stream| loops.show_by_name(stream)));
    assert!(mark(host.address, "/live/scene.png?encoding=low") > 0);
    let (head, _) = Web::get(host.address, "/live/none.png", "");
    assert_eq!(head.status, 404);
}

#[test]
fn a_picture_that_is_published_stays_until_the_next() {
    let make = |server: &Server| {
        let codecs = server.video_codec_factory();
        Arc::new(RenderLoop::of_pictures(config(), codecs, CODEC).expect("the codec is there"))
    };
    let (host, scene) = host_of(make);
    let (head, body) = Web::get(host.address, "/live/scene.png", "");
    assert_eq!((head.status, &body[..]), (503, &b"nothing has been drawn yet\n"[..]));
    for number in [7, 9] {
        let bytes = vec![number; 16 * 8 * 3];
        let picture = Canvas::from_vec(16, 8, PixelType::Rgb8, bytes).expect("a canvas");
        scene.publish(picture).expect("a picture of that size");
        let since = Instant::now();
        while mark(host.address, "/live/scene.png") != number {
            assert!(since.elapsed() < PATIENCE, "{number} is not shown");
            thread::sleep(PAUSE);
        }
    }
    scene.end();
    let since = Instant::now();
    loop {
        let (head, body) = Web::get(host.address, "/live/scene.png", "");
        if head.status == 404 {
            break assert_eq!(body, b"this stream has ended\n");
        }
        assert!(since.elapsed() < PATIENCE, "the end is not told");
        thread::sleep(PAUSE);
    }
}

#[test]
fn a_stream_that_draws_for_itself_does_so_for_a_picture() {
    let told = Told::default();
    let host = drawing(&told);
    assert!(mark(host.address, "/live/own.png?a=1") > 0);
    told.wait_for("stop own?a=1");
    let notes = told.all();
    assert_eq!((&notes[0][..], &notes[1][..]), ("play own?a=1", "rendered"));
    // Every request is granted by the play handler. Those that are alike share the pictures.
    let (address, since) = (host.address, Instant::now());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| assert!(mark(address, "/live/many.png") > 0)));
        }
    });
    let most = 1 + since.elapsed().as_millis() as u64 / 500;
    let made = host.server.figures().pictures_encoded - 1;
    assert!((1..=most).contains(&made), "{made} of {most} at most, for 20 requests");
    told.wait_for_times("stop many", 20);
    assert_eq!(told.count("play many"), 20);
}

#[test]
fn who_may_not_play_sees_no_picture() {
    let told = Told::default();
    let host = drawing(&told);
    let (head, body) = Web::get(host.address, "/live/secret.png", "");
    assert_eq!((head.status, &body[..]), (403, &b"Not you.\n"[..]));
    assert_eq!(told.all(), ["play secret"]);
    let foreign = "Origin: http://evil.example\r\n";
    assert_eq!(Web::get(host.address, "/live/own.png", foreign).0.status, 403);
    let closed = Host::start(|_: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        Err(Refusal::new("NetConnection.Connect.Rejected", "Members only.").into())
    });
    let (head, body) = Web::get(closed.address, "/live/own.png", "");
    assert_eq!((head.status, &body[..]), (403, &b"Members only.\n"[..]));
}

#[test]
fn a_stream_that_nothing_here_draws_has_no_picture() {
    let line = b"this stream is sent as it was encoded, so the server has no picture of it\n";
    let frames = |_: &Server| {
        let frames = |out: &mut LoopFrameOut, _: bool| -> HandlerResult {
            out.video(key_frame(1, 10));
            Ok(true)
        };
        Arc::new(RenderLoop::of_frames(config(), frames).expect("a thread"))
    };
    let (host, _scene) = host_of(frames);
    let (head, body) = Web::get(host.address, "/live/scene.png", "");
    assert_eq!((head.status, &body[..]), (404, &line[..]));
    let own = Host::start(on_streams(|stream: &Stream| {
        stream.register_frame_event_handler(
            |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                out.video(key_frame(1, 10));
                Ok(true)
            },
        );
    }));
    let (head, body) = Web::get(own.address, "/live/own.png", "");
    assert_eq!((head.status, &body[..]), (404, &line[..]));
    let live = Host::start(LiveHandler::new(LiveConfig::default()));
    let mut publisher = live.client();
    publisher.publish_new("camera");
    let (head, body) = Web::get(live.address, "/live/camera.png", "");
    assert_eq!((head.status, &body[..]), (404, &line[..]));
}

#[test]
fn a_head_has_the_length_and_no_body() {
    let (host, _scene) = host_of(numbers);
    let (mut web, head) = Web::request(host.address, "HEAD", "/live/scene.png", "");
    let length: usize = head.field("content-length").expect("a length").parse().expect("a number");
    assert_eq!((head.status, head.field("content-type")), (200, Some("image/png")));
    assert!(length > 50, "{length}");
    assert_eq!(web.rest(), b"");
    let told = Told::default();
    let host = drawing(&told);
    let (mut web, head) = Web::request(host.address, "HEAD", "/live/secret.png", "");
    assert_eq!((head.status, web.rest()), (403, vec![]));
}

#[test]
fn names_without_a_meaning_have_no_picture() {
    let told = Told::default();
    let host = drawing(&told);
    for path in ["/.png", "/live/.png", "/live.png", "/live/%00.png", "/live/%.png", "/_/x%ff.png"]
    {
        let (head, body) = Web::get(host.address, path, "");
        assert_eq!((head.status, &body[..]), (404, &b"there is nothing at this path\n"[..]));
    }
    assert_eq!(told.all(), [""; 0]);
}

#[test]
fn who_does_not_read_a_picture_holds_up_nobody() {
    let noise = |server: &Server| {
        let mut number = 1u32;
        let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
            for row in 0..canvas.height() {
                for byte in canvas.row_mut(row) {
                    number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *byte = number.to_be_bytes()[0];
                }
            }
            Ok(true)
        };
        let config = config().size(800, 600);
        server.render_loops().start(config, CODEC, draw).expect("the codec is there")
    };
    let (host, _scene) = host_of(noise);
    let slow: Vec<_> = (0..30)
        .map(|_| Web::request(host.address, "GET", "/live/scene.png", ""))
        .inspect(|(_, head)| assert_eq!(head.status, 200))
        .collect();
    let (head, file) = Web::get(host.address, "/live/scene.png", "");
    assert_eq!((head.status, decode(&file).0), (200, 800));
    assert!(file.len() > 1_000_000, "{} bytes", file.len());
    drop(slow);
    let since = Instant::now();
    let is_held = |figures: ServerFigures| figures.connections > 0 || figures.buffered_bytes > 0;
    while is_held(host.server.figures()) {
        assert!(since.elapsed() < PATIENCE, "{:?}", host.server.figures());
        thread::sleep(Duration::from_millis(5));
    }
}
