//! Loops that rest or end because nothing watches them.

use std::time::{Duration, Instant};

use rendercast::{RenderLoop, RenderLoopConfig};

use super::{Numbers, flicker, host_of};
use crate::support::{SharedTurn, wait_until};

fn renders(scene: &RenderLoop) -> u64 {
    scene.figures().renders
}

#[test]
fn a_loop_runs_on_for_a_while_when_nothing_watches_it_any_more() {
    let rests_after = Duration::from_millis(300);
    let config = RenderLoopConfig::new("rests").rate(200.0).rests_after(rests_after);
    let start = Instant::now();
    let scene = Numbers::default().render_loop(config, flicker());
    wait_until("it runs without viewers", || renders(&scene) > 3);
    // It rests when it has rendered nothing for a time of many pictures.
    let (mut last, mut since) = (renders(&scene), Instant::now());
    wait_until("it comes to rest", || {
        let now = renders(&scene);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        since.elapsed() > 3 * rests_after
    });
    let rested = since - start;
    assert!(rested >= rests_after / 2, "{rested:?}");
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
    let start = Instant::now();
    let scene = codec.render_loop(config.clone(), flicker());
    wait_until("it ends", || scene.has_ended());
    assert!(start.elapsed() >= ends_after, "{:?}", start.elapsed());
    let scene = codec.render_loop(config.runs_without_viewers(true), flicker());
    wait_until("it ends although it runs", || scene.has_ended());
    assert!(renders(&scene) > 0);
}

#[test]
fn a_loop_that_is_watched_goes_on() {
    // The viewer has that long to come.
    const ENDS_AFTER: Duration = Duration::from_secs(2);
    // The server would wait for tests that run alone.
    let _turn = SharedTurn::wait();
    let config = RenderLoopConfig::new("goes on").rate(100.0);
    let config = config.ends_after(ENDS_AFTER);
    let scene = Numbers::default().render_loop(config, flicker());
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    let start = Instant::now();
    while start.elapsed() < ENDS_AFTER * 3 / 2 {
        client.next_media();
    }
    assert!(!scene.has_ended());
    drop(client);
    wait_until("it ends once the viewer is gone", || scene.has_ended());
}
