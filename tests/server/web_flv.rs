//! FLV over HTTP and over a WebSocket, as players ask for it.

use std::io::Cursor;
use std::path::Path;

use rendercast::config::SessionConfig;
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::media::{Tag, TagKind, flv};
use rendercast::protocol::chunk::MessageType;
use rendercast::vod::{FileHandler, Library};
use rendercast::{
    CallError, Connection, FrameOut, HandlerResult, MediaOut, PlayEventHandler, PlayOut, Refusal,
    ServerConfig, Stream,
};

use crate::support::{Client, Host, Told, inter_frame, key_frame, on_streams};
use crate::web::{Frame, Web};

/// Joins the chunks of a body.
fn chunks(web: &mut Web) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(chunk) = web.chunk() {
        body.extend(chunk);
    }
    body
}

/// A server whose streams play two frames, and end.
fn two_frames(told: &Told) -> Host {
    two_frames_with(ServerConfig::default(), told)
}

fn two_frames_with(config: ServerConfig, told: &Told) -> Host {
    let told = told.clone();
    let handler = on_streams(move |stream: &Stream| {
        let told = told.clone();
        stream.register_play_event_handler(move |stream: &Stream, _: &mut PlayOut| {
            let carrier = stream.connection().transport();
            told.note(format!("{carrier} {}", stream.stream_name()));
            match stream.stream_name().as_str() {
                "secret" => Err(Refusal::new("NetStream.Play.Failed", "Not <you>.").into()),
                "none" => Err(Refusal::stream_not_found("none").into()),
                _ => Ok(true),
            }
        });
        let mut frames = 0;
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                frames += 1;
                match frames {
                    1 => out.video(key_frame(1, 100)),
                    2 => out.video(inter_frame(2, 10)),
                    _ => out.end(),
                }
                Ok(true)
            },
        );
    });
    Host::start_with(config, handler)
}

#[test]
fn a_stream_is_a_whole_file_in_chunks() {
    let told = Told::default();
    let host = two_frames(&told);
    let (mut web, head) = Web::request(host.address, "GET", "/live/scene.flv?token=1", "");
    assert_eq!((head.status, head.field("content-type")), (200, Some("video/x-flv")));
    assert_eq!(head.field("transfer-encoding"), Some("chunked"));
    assert_eq!(head.field("access-control-allow-origin"), Some("*"));
    let body = chunks(&mut web);
    assert_eq!(body[..13], *b"FLV\x01\x01\0\0\0\x09\0\0\0\0", "video alone");
    let tags: Vec<_> = flv::Reader::new(Cursor::new(&body)).unwrap().map(Result::unwrap).collect();
    let payloads: Vec<_> = tags.iter().map(|tag| tag.payload.clone()).collect();
    assert_eq!(payloads, [key_frame(1, 100), inter_frame(2, 10)]);
    assert_eq!(web.rest(), b"", "and then the end");
    assert_eq!(told.all(), ["http scene?token=1"]);
}

#[test]
fn a_client_of_http_1_0_gets_the_file_as_it_is() {
    let host = two_frames(&Told::default());
    let mut web = Web::connect(host.address);
    web.send(b"GET /live/scene.flv HTTP/1.0\r\n\r\n");
    let head = web.head().expect("a head");
    assert_eq!((head.status, head.field("transfer-encoding")), (200, None));
    let body = web.rest();
    assert_eq!(flv::Reader::new(Cursor::new(&body)).unwrap().count(), 2);
}

#[test]
fn a_websocket_gets_header_and_first_frame_together_and_is_closed_at_the_end() {
    let told = Told::default();
    let host = two_frames(&told);
    let mut web = Web::websocket(host.address, "/live/scene.flv", "").expect("a WebSocket");
    let Frame::Binary(first) = web.frame() else { panic!("media") };
    assert!(first.starts_with(b"FLV\x01\x01"));
    let payload = key_frame(1, 100);
    assert!(first.windows(payload.len()).any(|window| window == payload));
    let Frame::Binary(second) = web.frame() else { panic!("media") };
    assert_eq!((second[0], second.len()), (9, 11 + inter_frame(2, 10).len() + 4));
    assert_eq!(web.frame(), Frame::Close(1000, String::new()));
    assert_eq!(web.rest(), b"");
    assert_eq!(told.all(), ["ws scene"]);
}

#[test]
fn refusals_are_statuses_with_a_line_of_text() {
    let host = two_frames(&Told::default());
    for (path, status, line) in [
        ("/live/secret.flv", 403, "Not <you>.\n"),
        ("/live/none.flv", 404, ""),
        ("/live/.flv", 404, ""),
        ("/.flv", 404, ""),
    ] {
        let (head, body) = Web::get(host.address, path, "");
        assert_eq!(head.status, status, "{path}");
        assert_eq!(head.field("content-type"), Some("text/plain"), "{path}");
        assert_eq!(head.field("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(String::from_utf8(body).unwrap().contains(line), "{path}");
    }
    let head = Web::websocket(host.address, "/live/none.flv", "").expect_err("a refusal");
    assert_eq!(head.status, 404);
}

#[test]
fn a_name_has_the_same_bound_as_over_rtmp() {
    let told = Told::default();
    let config = ServerConfig::default();
    let config = config.session(SessionConfig::default().stream_name_bytes(9));
    let host = two_frames_with(config, &told);
    for ending in [".flv", ".png"] {
        for name in ["tenletters", "four?query"] {
            let (name, query) = name.split_once('?').unwrap_or((name, ""));
            let path = format!("/live/{name}{ending}?{query}");
            let (head, body) = Web::get(host.address, &path, "");
            assert_eq!(head.status, 414, "{path}");
            let line = String::from_utf8(body).expect("text");
            assert_eq!(line, "The name of a stream may have 9 bytes.\n", "{path}");
        }
    }
    let head = Web::websocket(host.address, "/live/tenletters.flv", "").expect_err("a refusal");
    assert_eq!(head.status, 414);
    assert_eq!(told.all(), Vec::<String>::new(), "no handler has heard of it");
    let (_, head) = Web::request(host.address, "GET", "/live/ninebytes.flv", "");
    assert_eq!(head.status, 200);
}

#[test]
fn a_head_has_no_body_and_plays_nothing() {
    let told = Told::default();
    let host = two_frames(&told);
    let (mut web, head) = Web::request(host.address, "HEAD", "/live/scene.flv", "");
    assert_eq!((head.status, head.field("content-type")), (200, Some("video/x-flv")));
    web.say_no_more();
    assert_eq!(web.rest(), b"");
    assert_eq!(told.all(), Vec::<String>::new());
}

#[test]
fn a_recording_comes_as_it_is() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let library = Library::folder(&assets).expect("the folder is there");
    let host = Host::start(FileHandler::new(library).repeat(false));
    let (mut web, head) = Web::request(host.address, "GET", "/vod/h264_aac.flv", "");
    assert_eq!(head.status, 200);
    let body = chunks(&mut web);
    let played: Vec<_> =
        flv::Reader::new(Cursor::new(&body)).unwrap().map(Result::unwrap).collect();
    let original = std::fs::read(assets.join("h264_aac.flv")).expect("the file");
    let original: Vec<_> =
        flv::Reader::new(Cursor::new(&original)).unwrap().map(Result::unwrap).collect();
    let media = |tags: &[Tag]| -> Vec<Tag> {
        tags.iter().filter(|tag| tag.kind != TagKind::Script).cloned().collect()
    };
    assert_eq!(body[4], 5, "sound and pictures");
    assert_eq!(media(&played), media(&original));
}

#[test]
fn a_viewer_who_comes_late_begins_with_a_key_frame() {
    let live = LiveHandler::new(LiveConfig::default());
    let host = Host::start(live);
    let mut publisher = host.client();
    let stream = publisher.publish_new("cam");
    let send = |publisher: &mut Client, time, frame| {
        publisher.send_media(stream, MessageType::VIDEO, time, frame);
    };
    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1, 2, 3];
    send(&mut publisher, 0, HEADER.into());
    send(&mut publisher, 0, key_frame(1, 100));
    send(&mut publisher, 40, inter_frame(2, 10));
    publisher.sync();
    for path in ["/live/cam.flv", "/live/cam.flv?for=mpegts.js"] {
        let mut web = Web::websocket(host.address, path, "").expect("a WebSocket");
        let first = web.media();
        let tags: Vec<_> =
            flv::Reader::new(Cursor::new(&first)).unwrap().map(Result::unwrap).collect();
        let payloads: Vec<_> = tags.iter().map(|tag| tag.payload.clone()).collect();
        assert_eq!(payloads, [HEADER.into(), key_frame(1, 100), inter_frame(2, 10)], "{path}");
    }
}

#[test]
fn what_mpegts_js_does_not_know_is_left_out() {
    let host = Host::start(on_streams(|stream: &Stream| {
        let mut frames = 0;
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                frames += 1;
                match frames {
                    1 => {
                        out.video(b"\x90vp09x".to_vec());
                        out.audio(b"\x90mp4a\x12\x10".to_vec());
                        out.video(b"\x91vp09x".to_vec());
                        out.audio(b"\x91mp4ay".to_vec());
                    }
                    _ => out.end(),
                }
                Ok(true)
            },
        );
    }));
    let payloads = |path: &str| {
        let (mut web, _) = Web::request(host.address, "GET", path, "");
        let body = chunks(&mut web);
        let reader = flv::Reader::new(Cursor::new(&body)).unwrap();
        let payloads: Vec<_> = reader.map(|tag| tag.unwrap().payload.to_vec()).collect();
        (body[4], payloads)
    };
    let (flags, all) = payloads("/live/x.flv");
    assert_eq!((flags, all.len()), (5, 4));
    let (flags, known) = payloads("/live/x.flv?for=mpegts.js");
    assert_eq!(flags, 4);
    assert_eq!(known, [b"\xaf\0\x12\x10".to_vec(), b"\xaf\x01y".to_vec()]);
}

#[test]
fn a_slow_client_loses_frames_whole() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream: &Stream| {
        let noted = noted.clone();
        let mut frames = 0_u32;
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, is_full: bool| -> HandlerResult {
                frames += 1;
                if is_full {
                    noted.note("full");
                } else {
                    out.video(key_frame(frames, 200_000));
                }
                Ok(true)
            },
        );
        stream.set_property("render_rate", 200).expect("a rate");
    }));
    let (mut web, head) = Web::request(host.address, "GET", "/live/x.flv", "");
    assert_eq!(head.status, 200);
    told.wait_for("full");
    let mut body = web.chunk().expect("the first frame");
    for _ in 0..20 {
        body.extend(web.chunk().expect("a frame"));
    }
    let tags: Vec<_> = flv::Reader::new(Cursor::new(&body)).unwrap().map(Result::unwrap).collect();
    assert_eq!(tags.len(), 21, "what comes is whole");
}

struct NoteStops(Told);

impl PlayEventHandler for NoteStops {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.0.note(format!("{} stopped", stream.connection().transport()));
        Ok(true)
    }
}

#[test]
fn a_client_that_leaves_is_noticed() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream: &Stream| {
        stream.register_play_event_handler(NoteStops(noted.clone()));
        stream.register_frame_event_handler(
            |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                out.video(key_frame(1, 100));
                Ok(true)
            },
        );
    }));
    Web::websocket(host.address, "/live/x.flv", "").expect("a WebSocket").media();
    told.wait_for("ws stopped");
    Web::request(host.address, "GET", "/live/x.flv", "").0.chunk();
    told.wait_for("http stopped");
}

#[test]
fn the_shutdown_ends_what_plays() {
    let host = Host::start(on_streams(|stream: &Stream| {
        stream.register_frame_event_handler(
            |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                out.video(key_frame(1, 100));
                Ok(true)
            },
        );
    }));
    let mut websocket = Web::websocket(host.address, "/live/x.flv", "").expect("a WebSocket");
    let (mut http, _) = Web::request(host.address, "GET", "/live/x.flv", "");
    websocket.media();
    http.chunk();
    host.server.shutdown();
    let last = loop {
        match websocket.frame() {
            Frame::Binary(_) => {}
            other => break other,
        }
    };
    assert!(matches!(last, Frame::Close(..)), "{last:?}");
    assert_eq!(websocket.rest(), b"");
    http.rest();
}

#[test]
fn a_connection_that_sends_media_alone_takes_no_calls() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream: &Stream| {
        let noted = noted.clone();
        stream.register_play_event_handler(move |stream: &Stream, _: &mut PlayOut| {
            let connection: &Connection = stream.connection();
            assert_eq!(connection.call("title", &[], |_| ()), Err(CallError::MediaOnly));
            noted.note("refused");
            Ok(false)
        });
    }));
    let (head, _) = Web::get(host.address, "/live/x.flv", "");
    assert_eq!(head.status, 403);
    assert_eq!(told.all(), ["refused"]);
}
