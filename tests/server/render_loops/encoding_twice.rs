//! Several encodings of one loop.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::client::Player;
use rendercast::{
    Connection, HandlerResult, LoopCanvas, RenderLoop, RenderLoopConfig, ServerConfig, Stream, Tag,
    TagKind,
};

use super::{CODEC, Numbers, check_decodable, flicker, is_header, mark, number};
use crate::support::{Host, wait_until};

/// The viewers of each encoding.
const VIEWERS: usize = 50;
const FRAMES: usize = 6;

/// Starts a server with a loop in three encodings, of 50, 50 and 25 frames a second.
fn host(
    renderer: impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static,
) -> (Host, Arc<RenderLoop>) {
    let further = [("middle", "1000000", 50.0), ("low", "300000", 25.0)];
    host_of(&Numbers::default(), 50.0, &further, renderer)
}

/// Starts a server with a loop in an encoding of `rate` frames a second, and in further ones: name,
/// bitrate, rate.
fn host_of(
    codec: &Numbers,
    rate: f64,
    further: &[(&str, &str, f64)],
    renderer: impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static,
) -> (Host, Arc<RenderLoop>) {
    let host = Host::start_empty(ServerConfig::default());
    let codecs = host.server.video_codec_factory();
    codecs.add(Arc::new(codec.clone())).expect("no other codec has the name");
    let loops = host.server.render_loops().clone();
    let config = RenderLoopConfig::new("scene").size(4, 2).rate(rate);
    let scene = loops.start(config.parameter("bitrate", "4000000"), CODEC, renderer);
    let scene = scene.expect("it starts");
    for (name, bitrate, rate) in further {
        let config = RenderLoopConfig::new(*name).rate(*rate).parameter("bitrate", *bitrate);
        scene.add_encoding(config, codecs, CODEC).expect("it can encode");
    }
    host.server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let loops = loops.clone();
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            loops.show_by_name(stream);
            Ok(true)
        });
        Ok(true)
    });
    (host, scene)
}

/// Waits until the threads of a loop that has ended make no more frames.
fn wait_until_at_rest(codec: &Numbers, scene: &RenderLoop) {
    let counts = || {
        let all = scene.encodings();
        let frames: u64 = all.iter().map(|encoding| encoding.figures().frames).sum();
        (codec.encoded(), scene.figures().renders, frames + scene.figures().frames)
    };
    let mut last = counts();
    wait_until("the loop makes no more frames", || {
        thread::sleep(Duration::from_millis(300));
        let now = counts();
        std::mem::replace(&mut last, now) == now
    });
}

fn video_of(host: &Host, name: &str) -> impl Iterator<Item = Tag> {
    let player = Player::open(&format!("rtmp://{}/live/{name}", host.address)).expect("it plays");
    let tags = player.map(|tag| tag.expect("the loop goes on"));
    tags.filter(|tag| tag.kind == TagKind::Video)
}

#[test]
fn each_picture_is_rendered_once_and_each_encoding_made_once() {
    let (codec, renders) = (Numbers::default(), Arc::new(AtomicU64::new(0)));
    let (mut flicker, rendered) = (flicker(), Arc::clone(&renders));
    let renderer = move |canvas: &mut LoopCanvas| {
        rendered.fetch_add(1, Ordering::SeqCst);
        flicker(canvas)
    };
    let further = ["middle", "low", "lowest"].map(|name| (name, "300000", 5.0));
    let (host, scene) = host_of(&codec, 5.0, &further, renderer);
    let names = ["scene", "scene?encoding=middle", "scene?encoding=low", "scene?encoding=lowest"];
    let seen: Vec<Vec<Vec<Tag>>> = thread::scope(|scope| {
        let watch = |name: &'static str| {
            let host = &host;
            scope.spawn(move || video_of(host, name).take(FRAMES).collect())
        };
        let threads: Vec<Vec<_>> =
            names.map(|name| (0..VIEWERS).map(|_| watch(name)).collect()).into();
        let join = |threads: Vec<thread::ScopedJoinHandle<'_, Vec<Tag>>>| {
            threads.into_iter().map(|thread| thread.join().expect("a viewer")).collect()
        };
        threads.into_iter().map(join).collect()
    });
    for viewers in &seen {
        // The number of a frame, and what all viewers were sent by that number.
        let mut payloads = HashMap::new();
        for tags in viewers {
            check_decodable(tags);
            for tag in tags.iter().filter(|tag| !is_header(tag)) {
                let first = payloads.entry(number(tag)).or_insert_with(|| tag.payload.clone());
                assert_eq!(*first, tag.payload, "all are sent the same");
            }
        }
    }
    drop(host);
    scene.end();
    wait_until_at_rest(&codec, &scene);
    let encodings = scene.encodings();
    assert_eq!(encodings.len(), 3);
    let renders = renders.load(Ordering::SeqCst);
    assert_eq!(scene.figures().renders, renders, "each picture is rendered once");
    let (mut frames, mut watched) = (0, Vec::new());
    for encoding in [&scene].into_iter().chain(&encodings) {
        let figures = encoding.figures();
        let fresh = figures.frames - figures.repeated_frames;
        assert!(fresh <= renders + 1, "{} shows {fresh} of {renders} pictures", encoding.name());
        frames += figures.frames;
        watched.push(figures.frames);
    }
    assert!(watched.iter().all(|frames| *frames >= FRAMES as u64 - 1), "{watched:?}");
    assert_eq!(codec.encoded(), frames, "each encoding is made once for all its viewers");
}

#[test]
fn an_encoding_is_made_only_while_it_is_watched() {
    let (host, scene) = host(flicker());
    let [middle, low] = &scene.encodings()[..] else { panic!("there are two") };
    let tags: Vec<Tag> = video_of(&host, "scene?encoding=low").take(10).collect();
    check_decodable(&tags);
    assert!(scene.figures().renders > 0 && low.figures().frames > 0);
    assert_eq!((scene.figures().frames, middle.figures().frames), (0, 0));
}

/// Returns the mark of the next picture.
fn shown(tags: &mut impl Iterator<Item = Tag>) -> u8 {
    mark(&tags.find(|tag| !is_header(tag)).expect("a picture"))
}

#[test]
fn a_viewer_of_an_encoding_is_shown_a_picture_of_a_renderer_that_has_finished() {
    let mut last = 0;
    let (host, _scene) = host(move |canvas: &mut LoopCanvas| -> HandlerResult {
        last += 1;
        canvas.row_mut(0).fill(last);
        if last > 1 {
            canvas.keep_last();
        }
        canvas.finish();
        Ok(true)
    });
    let mut first = video_of(&host, "scene");
    assert_eq!(shown(&mut first), 1);
    let mut second = video_of(&host, "scene?encoding=middle");
    assert_eq!(shown(&mut second), 1, "the renderer keeps its picture");
    let mut third = video_of(&host, "scene?encoding=low");
    assert_eq!(shown(&mut third), 1);
}

#[test]
fn a_viewer_chooses_by_codec_and_bitrate() {
    let (host, scene) = host(flicker());
    let encodings = scene.encodings();
    let viewers = || [&scene, &encodings[0], &encodings[1]].map(|encoding| encoding.viewers());
    for (query, expected) in [
        ("", [1, 0, 0]),
        ("?codec=HEVC", [1, 0, 0]),
        ("?bitrate=5000", [1, 0, 0]),
        ("?codec=hevc&bitrate=1000", [0, 1, 0]),
        ("?bitrate=999&token=x", [0, 0, 1]),
        ("?bitrate=10", [0, 0, 1]),
    ] {
        let mut client = host.client();
        let stream = client.play_new(&format!("scene{query}"));
        // The start is told before the stream joins its loop.
        wait_until(query, || viewers() == expected);
        client.close_stream(stream);
        client.sync();
    }
    let mut client = host.client();
    for query in ["?codec=h264", "?encoding=other"] {
        let stream = client.create_stream();
        client.ask_to_play(stream, &format!("scene{query}"));
        client.wait_for_code("NetStream.Play.StreamNotFound");
    }
}

#[test]
fn all_encodings_have_one_size_and_one_end() {
    let (host, scene) = host(flicker());
    let mut client = host.client();
    client.play_new("scene?encoding=low");
    let mut tags = vec![client.next_media().tag, client.next_media().tag];
    check_decodable(&tags);
    scene.set_size(8, 4).expect("the encoders take it");
    while !is_header(tags.last().expect("there are some")) {
        tags.push(client.next_media().tag);
    }
    check_decodable(&[tags.pop().expect("a header"), client.next_media().tag]);
    let codecs = host.server.video_codec_factory();
    let taken = scene.add_encoding(RenderLoopConfig::new("low"), codecs, CODEC).expect_err("taken");
    assert_eq!(taken.to_string(), "there is a render loop \"low\" already");
    scene.end();
    client.wait_for_code("NetStream.Play.Stop");
    wait_until("they end with the loop", || {
        scene.encodings().iter().all(|encoding| encoding.has_ended())
    });
}
