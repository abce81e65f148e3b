//! Handlers and encoders of a loop that block, fail or panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::{
    HandlerResult, LoopCanvas, LoopFrameOut, RenderLoop, RenderLoopConfig, ServerConfig, Stream,
};

use super::ending::until_end;
use super::{Numbers, Settings, check_decodable, flicker, mark};
use crate::support::{Client, Host, Received, ensure, on_streams, one_of_several};

fn config(name: &str) -> RenderLoopConfig {
    RenderLoopConfig::new(name).rate(100.0)
}

/// Returns a renderer that calls `act` at its tenth picture.
fn at_the_tenth(
    act: impl Fn() -> HandlerResult + Send + 'static,
) -> impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static {
    let (mut pictures, mut draw) = (0, flicker());
    move |canvas| {
        pictures += 1;
        if pictures == 10 { act() } else { draw(canvas) }
    }
}

/// Returns a frame handler that calls `act` at its tenth frame.
fn frames_until(
    act: impl Fn() -> HandlerResult + Send + 'static,
) -> impl FnMut(&mut LoopFrameOut, bool) -> HandlerResult + Send + 'static {
    let mut frames = 0;
    move |out, _| {
        frames += 1;
        out.video(vec![0x93, b'h', b'v', b'c', b'1', 0, 0, 0, 0, 0]);
        if frames == 10 { act() } else { Ok(true) }
    }
}

fn fails() -> HandlerResult {
    Err("as the test wishes".into())
}

fn panics() -> HandlerResult {
    panic!("as the test wishes")
}

#[test]
fn what_fails_ends_its_loop_alone_and_all_its_viewers_are_told() {
    type Make = fn() -> Arc<RenderLoop>;
    let table: [(&str, Make); 8] = [
        ("render false", || {
            Numbers::default().render_loop(config("a"), at_the_tenth(|| Ok(false)))
        }),
        ("render error", || Numbers::default().render_loop(config("b"), at_the_tenth(fails))),
        ("render panics", || Numbers::default().render_loop(config("c"), at_the_tenth(panics))),
        ("frame false", || {
            Arc::new(RenderLoop::of_frames(config("d"), frames_until(|| Ok(false))).unwrap())
        }),
        ("frame error", || {
            Arc::new(RenderLoop::of_frames(config("e"), frames_until(fails)).unwrap())
        }),
        ("frame panics", || {
            Arc::new(RenderLoop::of_frames(config("f"), frames_until(panics)).unwrap())
        }),
        ("encoder error", || {
            let settings = Settings { fails_at: Some(9), ..Settings::default() };
            Numbers::new(settings).render_loop(config("g"), flicker())
        }),
        ("encoder panics", || {
            let settings = Settings { panics_at: Some(9), ..Settings::default() };
            Numbers::new(settings).render_loop(config("h"), flicker())
        }),
    ];
    let sound = Numbers::default().render_loop(config("sound"), flicker());
    for (name, make) in table {
        let (failing, sound) = (make(), Arc::clone(&sound));
        let watched = Arc::clone(&failing);
        let next = Arc::new(AtomicU32::new(0));
        let host = Host::start(on_streams(move |stream: &Stream| {
            // The third stream shows the loop that goes on.
            let is_third = next.fetch_add(1, Ordering::SeqCst) == 2;
            stream.join(if is_third { &sound } else { &watched });
        }));
        let mut clients: Vec<Client> = (0..3).map(|_| host.client()).collect();
        let streams: Vec<u32> = clients.iter_mut().map(Client::create_stream).collect();
        for (client, stream) in clients.iter_mut().zip(&streams) {
            client.ask_to_play(*stream, "scene");
        }
        for viewer in 0..2 {
            let seen = until_end(&mut clients[viewer], streams[viewer]);
            let end = ["NetStream.Play.Stop".to_owned(), "StreamEOF".to_owned()];
            assert!(seen.ends_with(&end), "{name}: {seen:?}");
            assert!(!seen.contains(&"onPlayStatus".to_owned()), "{name}: {seen:?}");
            assert!(!clients[viewer].sync().iter().any(Received::is_media), "{name}");
        }
        assert!(failing.has_ended(), "{name}");
        let tags: Vec<_> = (0..20).map(|_| clients[2].next_media().tag).collect();
        assert_eq!(check_decodable(&tags), [0; 0], "{name}");
        // A client that plays the loop now is told at once.
        clients[0].ask_to_play(streams[0], "scene");
        until_end(&mut clients[0], streams[0]);
    }
}

#[test]
fn a_render_of_a_second_leaves_the_frame_rate_at_25() {
    let (codec, mut draw) = (Numbers::default(), flicker());
    let scene = codec.render_loop(RenderLoopConfig::new("blocks"), move |canvas| {
        draw(canvas)?;
        thread::sleep(Duration::from_secs(1));
        Ok(true)
    });
    let shown = Arc::clone(&scene);
    let set_up = move |stream: &Stream| stream.join(&shown);
    let host = Host::start_alone(ServerConfig::default(), on_streams(set_up));
    let mut client = host.client();
    client.play_new("scene");
    client.next_media();
    one_of_several(|| {
        // The time counts from a picture on.
        let (started, a_while) = (Instant::now(), Duration::from_millis(2400));
        let (mut frames, mut marks) = (0, Vec::new());
        while started.elapsed() < a_while {
            let received = client.listen(Duration::from_millis(20));
            for received in received.iter().filter(|_| started.elapsed() < a_while) {
                if let Received::Media(media) = received {
                    marks.push(mark(&media.tag));
                    frames += 1;
                }
            }
        }
        marks.dedup();
        ensure((55..=63).contains(&frames), || format!("{frames} frames in 2.4 s"))?;
        ensure((2..=4).contains(&marks.len()), || format!("{} pictures", marks.len()))
    });
}
