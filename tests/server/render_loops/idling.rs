//! Loops that rest or end because nothing watches them.

use std::time::{Duration, Instant};

use rendercast::{RenderLoop, RenderLoopConfig};

use super::{Numbers, flicker, host_of};
use crate::support::PATIENCE;

/// Waits until `is_true` returns true, and returns how long that took.
#[track_caller]
fn wait_until(what: &str, is_true: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
    start.elapsed()
}

fn renders(scene: &RenderLoop) -> u64 {
    scene.figures().renders
}

#[test]
fn a_loop_runs_on_for_a_while_when_nothing_watches_it_any_more() {
    let rests_after = Duration::from_millis(300);
    let config = RenderLoopConfig::new("rests").rate(200.0).rests_after(rests_after);
    let scene = Numbers::default().render_loop(config, flicker());
    let start = Instant::now();
    wait_until("it runs without viewers", || renders(&scene) > 3);
    wait_until("it comes to rest", || {
        let before = renders(&scene);
        let since = Instant::now();
        // Ten times the time in which it renders a picture.
        while since.elapsed() < Duration::from_millis(50) {
            std::thread::yield_now();
        }
        renders(&scene) == before
    });
    assert!(start.elapsed() >= rests_after, "{:?}", start.elapsed());
    let before = renders(&scene);
    scene.keep_alive();
    wait_until("it runs again", || renders(&scene) > before);
    assert!(!scene.has_ended());
}

#[test]
fn a_loop_that_nothing_watches_ends() {
    let ends_after = Duration::from_millis(200);
    let config = RenderLoopConfig::new("ends").rate(100.0).ends_after(ends_after);
    let codec = Numbers::default();
    let scene = codec.render_loop(config.clone(), flicker());
    let took = wait_until("it ends", || scene.has_ended());
    assert!(took >= ends_after / 2, "{took:?}");
    let scene = codec.render_loop(config.runs_without_viewers(true), flicker());
    wait_until("it ends although it runs", || scene.has_ended());
    assert!(renders(&scene) > 0);
}

#[test]
fn a_loop_that_is_watched_goes_on() {
    let config = RenderLoopConfig::new("goes on").rate(100.0);
    let config = config.ends_after(Duration::from_millis(100));
    let scene = Numbers::default().render_loop(config, flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(400) {
        client.next_media();
    }
    assert!(!scene.has_ended());
    drop(client);
    wait_until("it ends once the viewer is gone", || scene.has_ended());
}
