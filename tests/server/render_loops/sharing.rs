//! Many viewers of one loop.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use rendercast::client::Player;
use rendercast::{RenderLoopConfig, RenderLoopError, Tag, TagKind};

use super::{CODEC, Numbers, Settings, check_decodable, flicker, host_of, mark, number};
use crate::support::{Host, PATIENCE, ensure, one_of_several, wait_until};

const VIEWERS: u64 = 50;
const FRAMES: usize = 60;

/// Returns the video that a player receives.
fn video_of(host: &Host) -> impl Iterator<Item = Tag> {
    let player = Player::open(&format!("rtmp://{}/live/scene", host.address)).expect("it plays");
    let tags = player.map(|tag| tag.expect("the loop goes on"));
    tags.filter(|tag| tag.kind == TagKind::Video)
}

/// Returns what a viewer that joins after `delay` is sent.
fn watch(host: &Host, delay: Duration) -> Vec<Tag> {
    thread::sleep(delay);
    video_of(host).take(FRAMES).collect()
}

/// Runs fifty viewers that join at different times within 1.2 s.
fn fifty(host: &Host) -> Vec<Vec<Tag>> {
    thread::scope(|scope| {
        let delays = (0..VIEWERS).map(|viewer| Duration::from_millis(viewer * 7919 % 1200));
        let threads: Vec<_> = delays.map(|delay| scope.spawn(move || watch(host, delay))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a viewer")).collect()
    })
}

fn check_all(seen: &[Vec<Tag>]) {
    // Their timelines begin with their plays. So the first timestamp tells how long a viewer waited
    // for its key frame. A busy machine delays some.
    let mut waits: Vec<u32> = seen.iter().map(|tags| tags[0].timestamp.0).collect();
    waits.sort_unstable();
    assert!(waits[waits.len() / 2] < 200, "{waits:?} ms");
    let mut payloads = HashMap::new();
    for tags in seen {
        assert_eq!(check_decodable(tags), [0; 0], "no viewer has fallen behind");
        for tag in tags.iter().filter(|tag| !super::is_header(tag)) {
            let first = payloads.entry(number(tag)).or_insert_with(|| tag.payload.clone());
            assert_eq!(*first, tag.payload, "all get the same");
        }
    }
}

#[test]
fn fifty_viewers_begin_with_the_last_key_frame_and_cost_no_other() {
    let codec = Numbers::new(Settings { key_distance: 30, ..Settings::default() });
    let scene = codec.render_loop(RenderLoopConfig::new("fifty").rate(50.0), flicker());
    let host = host_of(&scene);
    check_all(&fifty(&host));
    // The first key frame may be asked for, since there is none at the start.
    assert!(codec.asked_for() <= 1, "{}", codec.asked_for());
}

#[test]
fn fifty_viewers_without_a_cache_are_forced_a_few_key_frames_together() {
    let codec = Numbers::default();
    let distance = Duration::from_millis(200);
    let config = RenderLoopConfig::new("fifty, forced").rate(50.0);
    let scene = codec.render_loop(config.cached_frames(0).key_frame_interval(distance), flicker());
    let host = host_of(&scene);
    let started = Instant::now();
    check_all(&fifty(&host));
    let allowed = started.elapsed().as_millis() / distance.as_millis() + 2;
    assert!(u128::from(codec.asked_for()) <= allowed, "{} of {allowed}", codec.asked_for());
    assert!(codec.asked_for() > 1, "a viewer came after the first");
}

#[test]
fn a_picture_goes_out_when_it_is_rendered_and_not_at_a_tick() {
    one_of_several(pictures_go_out_when_they_are_rendered);
}

fn pictures_go_out_when_they_are_rendered() -> Result<(), String> {
    let (codec, mut draw) = (Numbers::default(), flicker());
    let (sender, rendered) = std::sync::mpsc::channel();
    let scene = codec.render_loop(RenderLoopConfig::new("slow").rate(2.0), move |canvas| {
        thread::sleep(Duration::from_millis(100));
        draw(canvas)?;
        sender.send((canvas.row(0)[0], Instant::now()))?;
        Ok(true)
    });
    let host = host_of(&scene);
    let frames = video_of(&host).filter(|tag| !super::is_header(tag));
    let mut received: Vec<(u8, Instant)> = Vec::new();
    for tag in frames.take(4) {
        received.push((mark(&tag), Instant::now()));
    }
    let mut waits = Vec::new();
    for (mark, at) in received {
        let (rendered_mark, since) = rendered.recv_timeout(PATIENCE).expect("a picture");
        ensure(mark == rendered_mark, || format!("{mark} is sent, {rendered_mark} is next"))?;
        waits.push(at.saturating_duration_since(since));
    }
    waits.sort();
    // The ticks are 400 ms away.
    ensure(waits[1] < Duration::from_millis(100), || format!("{waits:?}"))
}

#[test]
fn a_loop_runs_only_while_somebody_watches_unless_told_otherwise() {
    let codec = Numbers::default();
    let (waits, runs) = ["waits", "runs"]
        .map(|name| {
            let config = RenderLoopConfig::new(name).rate(100.0);
            codec.render_loop(config.runs_without_viewers(name == "runs"), flicker())
        })
        .into();
    let renders = |scene: &rendercast::RenderLoop| {
        scene
            .statistics()
            .get("renders")
            .and_then(rendercast::amf::Value::as_number)
            .expect("a figure")
    };
    let host = host_of(&waits);
    wait_until("it runs", || renders(&runs) >= 10.0);
    assert_eq!(renders(&waits), 0.0);
    for _ in 0..2 {
        // Each viewer is alone, and begins with a new picture.
        let before = renders(&waits);
        let tags: Vec<Tag> = video_of(&host).take(5).collect();
        check_decodable(&tags);
        assert!(renders(&waits) > before);
        wait_until("the viewer is gone", || waits.viewers() == 0);
        let after = renders(&waits);
        thread::sleep(Duration::from_millis(150));
        // A render that has begun is completed. Fifteen would be due.
        assert!(renders(&waits) <= after + 1.0, "there is no viewer");
    }
}

#[test]
fn what_a_loop_cannot_be_made_of_is_said() {
    let codecs = Numbers::default().factory();
    let make = |config: RenderLoopConfig, codec: &str| {
        rendercast::RenderLoop::new(config, &codecs, codec, flicker())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let config = || RenderLoopConfig::new("odd").size(4, 2);
    assert_eq!(make(config(), CODEC), Ok(()));
    for (config, codec, error) in [
        (config(), "sorenson", "render loop \"odd\": there is no video codec \"sorenson\""),
        (
            config().parameter("bitrate", "9"),
            CODEC,
            "the encoder of render loop \"odd\" does not take \"9\" for \"bitrate\"",
        ),
        (
            config().size(5, 2),
            CODEC,
            "the encoder of render loop \"odd\" does not begin: a picture of 5x2 is not supported: \
             only 4x2 and 8x4",
        ),
        (
            config().pixel_type(rendercast::media::PixelType::Bgra8),
            CODEC,
            "the encoder of render loop \"odd\" takes [Grey8, Rgb8], not Bgra8",
        ),
    ] {
        assert_eq!(make(config, codec), Err(error.to_owned()));
    }
    let error = rendercast::RenderLoop::new(config().size(0, 2), &codecs, CODEC, flicker());
    assert!(matches!(error, Err(RenderLoopError::Canvas { .. })), "{error:?}");
}
