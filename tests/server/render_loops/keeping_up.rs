//! Viewers of a loop that do not keep up, without effect on the others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rendercast::config::Queues;
use rendercast::{RenderLoop, RenderLoopConfig, ServerConfig, Stream, Tag};

use super::{Numbers, Settings, check_decodable, flicker, is_header, is_key_frame, number};
use crate::support::{Client, Host, PATIENCE, on_streams};

/// The outqueue is so long that a reader with little processor time does not fall behind.
const OUTQUEUE_LENGTH: usize = 64;

fn host_of(scene: &Arc<RenderLoop>) -> Host {
    let scene = Arc::clone(scene);
    let queues = Queues::default().outqueue_length(OUTQUEUE_LENGTH).outqueue_bytes(usize::MAX);
    let config = ServerConfig::default().queues(queues);
    Host::start_with(config, on_streams(move |stream: &Stream| stream.join(&scene)))
}

/// Returns the next tags.
fn next(client: &mut Client, count: usize) -> Vec<Tag> {
    (0..count).map(|_| client.next_media().tag).collect()
}

#[test]
fn a_slow_reader_skips_to_a_key_frame_alone() {
    let settings = Settings { key_distance: 20, padding: 50_000, ..Settings::default() };
    let codec = Numbers::new(settings);
    let scene = codec.render_loop(RenderLoopConfig::new("slow reader").rate(100.0), flicker());
    let host = host_of(&scene);
    let mut steady = host.client();
    let mut slow = host.narrow_client();
    steady.play_new("scene");
    slow.play_new("scene");
    let (mut steady_saw, mut slow_saw) = (Vec::new(), Vec::new());
    let deadline = Instant::now() + PATIENCE;
    while check_decodable(&slow_saw).len() < 2 {
        assert!(Instant::now() < deadline, "it was to fall behind");
        // It reads two pictures while the other reads eight.
        steady_saw.extend(next(&mut steady, 8));
        slow_saw.extend(next(&mut slow, 2));
    }
    assert_eq!(check_decodable(&steady_saw), [0; 0]);
    let steady_last = number(steady_saw.last().expect("frames"));
    // Each key frame came when it was due, except one that may be asked for at the start.
    let key_frames = steady_saw.iter().filter(|tag| !is_header(tag) && is_key_frame(tag)).count();
    assert!(key_frames as u32 <= steady_last / 20 + 2, "{key_frames} until {steady_last}");
}

#[test]
fn one_that_does_not_read_costs_the_others_no_key_frames() {
    let codec = Numbers::new(Settings { padding: 100_000, ..Settings::default() });
    let distance = Duration::from_millis(100);
    let config = RenderLoopConfig::new("stuck").rate(100.0).late_key_frame_interval(distance);
    let scene = codec.render_loop(config, flicker());
    let host = host_of(&scene);
    let mut stuck = host.narrow_client();
    stuck.play_new("scene");
    let mut steady = host.client();
    steady.play_new("scene");
    let asked_before = codec.asked_for();
    // All queues of the other are full by then.
    let mut saw = next(&mut steady, 150);
    assert!(codec.asked_for() <= asked_before + 1, "it asks for nothing while it reads nothing");
    // Once it reads again, it asks for a key frame and goes on with it.
    let mut stuck_saw = Vec::new();
    let started = Instant::now();
    let gaps = loop {
        stuck_saw.push(stuck.next_media().tag);
        let gaps = check_decodable(&stuck_saw);
        if !gaps.is_empty() {
            break gaps;
        }
    };
    saw.extend(next(&mut steady, 20));
    assert_eq!(check_decodable(&saw), [0; 0]);
    let allowed = started.elapsed().as_millis() / distance.as_millis() + 2;
    assert!(u128::from(codec.asked_for() - asked_before) <= allowed, "{}", codec.asked_for());
    assert!(gaps[0] > 50, "{gaps:?}");
}
