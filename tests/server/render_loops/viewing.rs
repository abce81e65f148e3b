//! Requests of viewers of a loop: pause, seek, no video, stop, play again, and a change of loops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rendercast::{HandlerResult, LoopCanvas, RenderLoopConfig, Stream, Tag};

use super::{Numbers, check_decodable, flicker, host_of, is_header, is_key_frame, mark};
use crate::support::{Client, Host, Received, Told, on_streams};

/// Many ticks of the loops in these tests.
const A_WHILE: Duration = Duration::from_millis(150);

fn config(name: &str) -> RenderLoopConfig {
    RenderLoopConfig::new(name).rate(100.0)
}

/// Returns the next video tags.
fn next(client: &mut Client, count: usize) -> Vec<Tag> {
    (0..count).map(|_| client.next_media().tag).collect()
}

fn are_media(received: &[Received]) -> bool {
    received.iter().any(Received::is_media)
}

/// Returns the tags from the next sequence header on. The tags before were on their way already.
fn from_header(client: &mut Client, count: usize) -> Vec<Tag> {
    let mut tags = next(client, 1);
    while !is_header(&tags[0]) {
        tags = next(client, 1);
    }
    tags.extend(next(client, count - 1));
    tags
}

#[test]
fn players_are_told_what_comes_ahead_of_it() {
    let scene = Numbers::default().render_loop(config("told"), flicker());
    let host = host_of(&scene);
    // The second client plays after the metadata were sent.
    for _ in 0..2 {
        let mut client = host.client();
        client.play_new("scene");
        let values = client.until(|received| match received {
            Received::Data { name, values, .. } if name == "onMetaData" => Some(values),
            Received::Media(media) => panic!("{media:?} came before"),
            _ => None,
        });
        for (name, number) in [("width", 4.0), ("height", 2.0), ("framerate", 100.0)] {
            assert_eq!(values[0].get(name), Some(&number.into()), "{name}");
        }
        check_decodable(&next(&mut client, 5));
    }
}

#[test]
fn after_a_pause_the_stream_goes_on_with_a_key_frame_and_no_jump_in_time() {
    let scene = Numbers::default().render_loop(config("pause"), flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    let mut started = Instant::now();
    let stream = client.play_new("scene");
    let before = next(&mut client, 5);
    client.pause(stream, true);
    client.wait_for_code("NetStream.Pause.Notify");
    let mut played = started.elapsed();
    client.sync();
    assert_eq!(scene.viewers(), 0);
    assert!(!are_media(&client.listen(Duration::from_millis(400))));
    started = Instant::now();
    client.pause(stream, false);
    let after = next(&mut client, 5);
    played += started.elapsed();
    check_decodable(&before);
    check_decodable(&after);
    // The pause is no part of the time that it played.
    let passed = after[0].timestamp.since(before[4].timestamp);
    let most = i32::try_from(played.as_millis()).expect("it is short");
    assert!((0..=most).contains(&passed), "{passed} ms of {most}");
}

#[test]
fn video_that_is_wanted_again_begins_with_a_key_frame() {
    let codec = Numbers::default();
    let scene = codec.render_loop(config("receiveVideo"), flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    let stream = client.play_new("scene");
    next(&mut client, 5);
    client.request(stream, "receiveVideo", &[false.into()]);
    client.sync();
    let asked_before = codec.asked_for();
    // One frame may have been on its way.
    let media = client.listen(A_WHILE).into_iter().filter(Received::is_media).count();
    assert!(media <= 1, "{media}");
    assert_eq!(codec.asked_for(), asked_before, "no viewer wants a key frame");
    client.request(stream, "receiveVideo", &[true.into()]);
    check_decodable(&next(&mut client, 5));
}

#[test]
fn a_seek_shows_the_present_from_a_key_frame_on() {
    let scene = Numbers::default().render_loop(config("seek"), flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    let stream = client.play_new("scene");
    let before = next(&mut client, 5);
    client.request(stream, "seek", &[60_000.into()]);
    client.wait_for_code("NetStream.Seek.Notify");
    let after = from_header(&mut client, 5);
    check_decodable(&after);
    assert!(after[0].timestamp.since(before[4].timestamp) >= 0);
}

#[test]
fn a_stream_can_be_stopped_and_played_again_from_the_start_of_its_time() {
    let scene = Numbers::default().render_loop(config("again"), flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    let stream = client.play_new("scene");
    for _ in 0..3 {
        check_decodable(&next(&mut client, 5));
        client.close_stream(stream);
        client.sync();
        assert_eq!(scene.viewers(), 0);
        assert!(!are_media(&client.listen(A_WHILE)));
        let started = Instant::now();
        client.play(stream, "scene");
        let tags = next(&mut client, 5);
        check_decodable(&tags);
        let time = Duration::from_millis(tags[0].timestamp.0.into());
        assert!(time <= started.elapsed(), "{time:?}");
        // This play replaces the one that goes on.
        client.play(stream, "scene");
    }
    client.delete_stream(stream);
    client.sync();
    assert_eq!(scene.viewers(), 0);
}

#[test]
fn a_stream_can_change_loops_while_it_plays_and_leave() {
    let codec = Numbers::default();
    let paint = |mark: u8| {
        move |canvas: &mut LoopCanvas| -> HandlerResult {
            canvas.row_mut(0).fill(mark);
            Ok(true)
        }
    };
    let red = codec.render_loop(config("red"), paint(1));
    let blue = codec.render_loop(config("blue"), paint(2));
    let (first, second) = (Arc::clone(&red), Arc::clone(&blue));
    let (leaves, left) = (Arc::new(AtomicBool::new(false)), Told::default());
    let (must_leave, noted) = (Arc::clone(&leaves), left.clone());
    let host = Host::start(on_streams(move |stream: &Stream| {
        stream.join(&first);
        let (second, must_leave, noted) =
            (Arc::clone(&second), Arc::clone(&must_leave), noted.clone());
        stream.set_property("render_rate", 20).expect("a valid rate");
        let mut calls = 0;
        // While a stream plays, its own handlers are the only code that can reach it.
        stream.register_render_event_handler(move |stream: &Stream| -> HandlerResult {
            calls += 1;
            if calls == 4 {
                stream.join(&second);
            }
            if must_leave.swap(false, Ordering::SeqCst) {
                stream.leave();
                noted.note("left");
            }
            Ok(true)
        });
    }));
    let mut client = host.client();
    client.play_new("scene");
    let mut tags = next(&mut client, 2);
    while mark(tags.last().expect("two")) == 1 {
        tags.extend(next(&mut client, 1));
        if is_header(tags.last().expect("three")) {
            tags.extend(next(&mut client, 1));
        }
    }
    let change = tags.iter().position(|tag| !is_header(tag) && mark(tag) == 2).expect("it is blue");
    check_decodable(&tags[..change - 1]);
    assert!(is_header(&tags[change - 1]) && is_key_frame(&tags[change]), "{tags:?}");
    assert!(tags[change].timestamp.since(tags[change - 2].timestamp) >= 0);
    assert_eq!((red.viewers(), blue.viewers()), (0, 1));
    check_decodable(&[&tags[change - 1..], &next(&mut client, 5)].concat());
    leaves.store(true, Ordering::SeqCst);
    left.wait_for("left");
    assert_eq!(blue.viewers(), 0);
    client.sync();
    assert!(!are_media(&client.listen(A_WHILE)), "it plays on, without a loop");
}
