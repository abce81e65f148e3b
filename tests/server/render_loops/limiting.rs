//! A bound for what one viewer is sent, measured over sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "h264")]
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::client::Player;
use rendercast::media::codec::{VideoCodecFactory, VideoDecoder};
#[cfg(feature = "h264")]
use rendercast::{AdaptiveQuality, VideoCodec};
use rendercast::{RenderLoop, ServerConfig, Stream};

#[cfg(feature = "h264")]
use super::moving::set_up_own;
use super::moving::{BITRATE, Scene, Seen, config, loop_of};
use crate::support::{Host, PATIENCE, ensure, on_streams, one_of_several};

/// The bound, in bit/s: a fifth of what is encoded.
const LIMIT: u32 = BITRATE as u32 / 5;

/// How much may be sent ahead of the bound, as the documentation of the limit says: one message,
/// and 100 ms.
fn ahead(seen: &Seen) -> u64 {
    let largest = seen.arrivals().iter().map(|it| it.bytes).max().unwrap_or(0);
    largest as u64 + u64::from(LIMIT) / 80
}

fn bytes(seen: &Seen) -> u64 {
    seen.arrivals().iter().map(|it| it.bytes as u64).sum()
}

/// Plays the stream of `host` until the test ends.
fn play(host: &Host, decoder: Option<Box<dyn VideoDecoder>>) -> Arc<Seen> {
    let player = Player::open(&format!("rtmp://{}/live/scene", host.address)).expect("it plays");
    let seen = Arc::new(Seen::default());
    let watching = Arc::clone(&seen);
    thread::spawn(move || watching.watch(player, decoder));
    seen
}

#[track_caller]
fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < 2 * PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a viewer with a bound has been sent this much since `start`, and fails if that was
/// more than the bound. No busy machine can make it more.
fn stay_within(seen: &Seen, start: Instant, wanted: u64) {
    wait_for("the viewer goes on", || bytes(seen) >= wanted);
    // What has arrived now was sent before.
    let sent = bytes(seen);
    let most = (f64::from(LIMIT) / 8.0 * start.elapsed().as_secs_f64()) as u64 + ahead(seen);
    println!("{sent} bytes in {:?}, {most} at most", start.elapsed());
    assert!(sent <= most, "{sent} bytes in {:?}, {most} at most", start.elapsed());
}

/// Starts a server whose streams show this loop, the first within the bound.
fn server_of(shown: &Arc<RenderLoop>) -> Host {
    let (shown, is_first) = (Arc::clone(shown), Arc::new(AtomicBool::new(true)));
    let join = move |stream: &Stream| {
        if is_first.swap(false, Ordering::SeqCst) {
            stream.set_max_bitrate(Some(LIMIT));
        }
        stream.join(&shown);
    };
    Host::start_alone(ServerConfig::default(), on_streams(join))
}

/// What does not fit is left out up to a key frame: of screen video, any that is asked for.
#[test]
fn a_viewer_of_screen_video_is_sent_no_more_than_its_bound() {
    const CODEC: &str = "screen video";
    let decoder = VideoCodecFactory::default().create_video_decoder(CODEC);
    let mut decoder = decoder.expect("it is the library's own");
    decoder.init(&[]).expect("it begins with nothing");
    let host = server_of(&loop_of(CODEC, &Scene::default(), config()));
    let start = Instant::now();
    let slow = play(&host, Some(decoder));
    wait_for("it comes", || !slow.arrivals().is_empty());
    let fast = play(&host, None);
    stay_within(&slow, start, 150_000);
    // No frame is smaller for the sake of the first.
    one_of_several(|| {
        let (start, before) = (Instant::now(), bytes(&fast));
        wait_for("the other goes on", || bytes(&fast) > before + 250_000);
        let rate = (bytes(&fast) - before) as f64 * 8.0 / start.elapsed().as_secs_f64();
        ensure(rate > 1.25 * f64::from(LIMIT), || format!("{rate} bit/s without a bound"))
    });
    stay_within(&slow, start, 150_000);
    // What it was sent could be decoded: there is no picture otherwise.
    wait_for("a picture", || slow.picture().is_some());
}

/// The encoder of a loop that follows the lines keeps to the bound of one viewer.
#[test]
#[cfg(feature = "h264")]
fn the_encoder_of_a_loop_that_follows_keeps_to_the_bound_of_a_viewer() {
    let shown = config().adaptive_quality(AdaptiveQuality::default());
    let shown = loop_of("h264", &Scene::default(), shown);
    let host = server_of(&shown);
    keeps_to_the_bound(&host, || shown.video_codec());
}

#[test]
#[cfg(feature = "h264")]
fn the_encoder_of_a_stream_keeps_to_its_bound() {
    let codec = Arc::new(Mutex::new(None));
    let (made, scene) = (Arc::clone(&codec), Scene::default());
    let host = Host::start_alone(
        ServerConfig::default(),
        on_streams(move |stream: &Stream| {
            stream.set_max_bitrate(Some(LIMIT));
            set_up_own(stream, &made, &scene);
        }),
    );
    keeps_to_the_bound(&host, || codec.lock().unwrap_or_else(PoisonError::into_inner).clone());
}

#[cfg(feature = "h264")]
fn keeps_to_the_bound(host: &Host, codec: impl Fn() -> Option<VideoCodec>) {
    let start = Instant::now();
    let seen = play(host, VideoCodecFactory::default().create_video_decoder("h264"));
    let bitrate = || -> Option<f64> { codec()?.parameter("bitrate")?.parse().ok() };
    wait_for("the bitrate falls", || bitrate().is_some_and(|bitrate| bitrate < LIMIT.into()));
    stay_within(&seen, start, 150_000);
    let least = f64::from(LIMIT) / 3.0;
    assert!(bitrate().is_some_and(|bitrate| bitrate > least), "{:?} bit/s", bitrate());
    wait_for("a picture", || seen.picture().is_some());
}
