//! Pictures that follow each other in one response, as JPEG.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rendercast::RenderLoop;
use rendercast::media::{Canvas, PixelType};

use crate::support::{PATIENCE, Told};
use crate::web::Web;
use crate::web_pictures::{CODEC, ENOUGH, config, drawing, host_of, numbers};

/// Reads a line without its end.
fn line(web: &mut Web) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.extend(web.read(1));
    }
    String::from_utf8(line).expect("a line of text").trim_end().to_owned()
}

/// Reads one picture of a response.
fn picture(web: &mut Web) -> Vec<u8> {
    assert_eq!(line(web), "Content-Type: image/jpeg");
    let length = line(web);
    let length = length.strip_prefix("Content-Length: ").expect("a length").parse();
    assert_eq!(line(web), "");
    let file = web.read(length.expect("a number"));
    assert_eq!((&file[..2], &file[file.len() - 2..]), (&b"\xff\xd8"[..], &b"\xff\xd9"[..]));
    assert_eq!((line(web), line(web)), (String::new(), "--picture".to_owned()));
    file
}

/// Reads pictures until one is another. The server repeats the last one if the renderer is slow.
fn another(web: &mut Web, last: &[u8]) -> Vec<u8> {
    let since = Instant::now();
    loop {
        let file = picture(web);
        if file != last {
            return file;
        }
        assert!(since.elapsed() < PATIENCE, "the same picture for long");
    }
}

/// Asks for a moving picture.
fn watch(address: std::net::SocketAddr, path: &str) -> Web {
    let (mut web, head) = Web::request(address, "GET", path, "");
    let content_type = head.field("content-type");
    let expected = "multipart/x-mixed-replace; boundary=picture";
    assert_eq!((head.status, content_type), (200, Some(expected)));
    assert_eq!((head.field("content-length"), head.field("connection")), (None, Some("close")));
    assert_eq!(line(&mut web), "--picture");
    web
}

#[test]
fn all_viewers_share_pictures_that_follow_each_other() {
    let (host, _scene) = host_of(numbers);
    let since = Instant::now();
    let mut viewers: Vec<_> = (0..4).map(|_| watch(host.address, "/live/scene.mjpeg")).collect();
    for web in &mut viewers {
        let mut last = picture(web);
        for _ in 0..3 {
            last = another(web, &last);
        }
    }
    let made = host.server.figures().pictures_encoded;
    let most = 1 + since.elapsed().as_millis() as u64 / 100;
    assert!((4..=most).contains(&made), "{made} of {most}");
    host.server.shutdown();
    viewers.iter_mut().for_each(|web| drop(web.rest()));
}

#[test]
fn a_single_picture_can_be_had_as_jpeg() {
    let (host, _scene) = host_of(numbers);
    let (head, file) = Web::get(host.address, "/live/scene.jpg", "");
    assert_eq!((head.status, head.field("content-type")), (200, Some("image/jpeg")));
    assert!(file.starts_with(b"\xff\xd8"), "{} bytes", file.len());
}

#[test]
fn a_picture_that_stays_is_sent_again_and_who_leaves_is_noticed() {
    let make = |server: &rendercast::Server| {
        let codecs = server.video_codec_factory();
        Arc::new(RenderLoop::of_pictures(config(), codecs, CODEC).expect("the codec is there"))
    };
    let (host, scene) = host_of(make);
    let (head, body) = Web::get(host.address, "/live/scene.mjpeg", "");
    assert_eq!((head.status, &body[..]), (503, &b"nothing has been drawn yet\n"[..]));
    let canvas = Canvas::from_vec(16, 8, PixelType::Rgb8, vec![7; 16 * 8 * 3]).expect("a canvas");
    scene.publish(canvas).expect("a picture of that size");
    let mut web = watch(host.address, "/live/scene.mjpeg");
    assert_eq!(picture(&mut web), picture(&mut web));
    assert_eq!(host.server.figures().pictures_encoded, 1);
    drop(web);
    let since = Instant::now();
    while host.server.figures().connections > 0 {
        assert!(since.elapsed() < PATIENCE, "{:?}", host.server.figures());
        thread::sleep(Duration::from_millis(5));
    }
    let mut web = watch(host.address, "/live/scene.mjpeg");
    scene.end();
    // The response ends with the stream.
    web.rest();
}

#[test]
fn a_stream_that_draws_for_itself_does_so_as_long_as_it_is_watched() {
    let told = Told::default();
    let host = drawing(&told);
    let mut web = watch(host.address, "/live/own.mjpeg");
    let first = picture(&mut web);
    another(&mut web, &first);
    assert_eq!((told.count("play own"), told.count("stop own")), (1, 0));
    // It still reads, and asks for more than it gets.
    web.send(b"GET / HTTP/1.1\r\n\r\n");
    assert!(!picture(&mut web).is_empty());
    web.say_no_more();
    told.wait_for("stop own");
    web.rest();
}

#[test]
fn a_stream_that_draws_nothing_new_is_sent_again() {
    let told = Told::default();
    let host = drawing(&told);
    let mut web = watch(host.address, "/live/own.mjpeg");
    let mut last = picture(&mut web);
    told.note(ENOUGH);
    let since = Instant::now();
    loop {
        let next = picture(&mut web);
        if next == last {
            break;
        }
        assert!(since.elapsed() < PATIENCE, "it still draws");
        last = next;
    }
    // The server notices a client that is gone, though there is no picture to send.
    web.say_no_more();
    told.wait_for("stop own");
    web.rest();
}

#[test]
fn a_head_has_no_pictures() {
    let told = Told::default();
    let host = drawing(&told);
    let (mut web, head) = Web::request(host.address, "HEAD", "/live/own.mjpeg", "");
    assert_eq!((head.status, web.rest()), (200, vec![]));
    told.wait_for("stop own");
    assert_eq!(Web::get(host.address, "/live/secret.mjpeg", "").0.status, 403);
}
