//! Quality that follows the line, and a picture that becomes exact when it stands still.

use std::sync::Arc;
#[cfg(feature = "h264")]
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::client::Player;
use rendercast::media::codec::{VideoCodecFactory, VideoDecoder};
use rendercast::{AdaptiveQuality, RenderLoop, ServerConfig, Stream, VideoCodec};

use super::moving::{BITRATE, Scene, Seen, config, loop_of};
#[cfg(feature = "h264")]
use super::moving::{psnr, set_up_own};
use crate::support::{Delays, Host, Line, PATIENCE, ensure, on_streams, one_of_several};

/// The bounds, on a machine that has nothing else to do. The line's own 8 KiB, which no sender
/// sees, take 160 ms of the delay at a fifth of the bitrate.
const LONGEST_DELAY: Duration = Duration::from_millis(500);
const COMES_BACK_WITHIN: Duration = Duration::from_secs(5);
const EXACT_WITHIN: Duration = Duration::from_secs(1);
const BITS_AT_REST: u64 = 5000;

/// In decibels. Pictures that move have less than half of it.
#[cfg(feature = "h264")]
const FINE: f64 = 40.0;

/// Frames pass through so many threads, each of which a busy machine holds up.
const THREADS: u32 = 4;

/// A stream that is watched over a line that changes.
struct Trial {
    line: Line,
    seen: Arc<Seen>,
    bitrate: Box<dyn Fn() -> f64>,
}

impl Trial {
    fn start(
        host: &Host,
        decoder: Option<Box<dyn VideoDecoder>>,
        codec: impl Fn() -> Option<VideoCodec> + 'static,
    ) -> Self {
        let (line, seen) = (Line::to(host.address), Arc::new(Seen::default()));
        let player = Player::open(&format!("rtmp://{}/live/scene", line.address));
        let (player, watching) = (player.expect("it plays"), Arc::clone(&seen));
        thread::spawn(move || watching.watch(player, decoder));
        let bitrate = move || {
            let bitrate = codec().and_then(|codec| codec.parameter("bitrate"));
            bitrate.and_then(|bitrate| bitrate.parse().ok()).unwrap_or(0.0)
        };
        Self { line, seen, bitrate: Box::new(bitrate) }
    }

    fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) -> Duration {
        let start = Instant::now();
        while !is_so() {
            let bitrate = (self.bitrate)();
            assert!(start.elapsed() < 2 * PATIENCE, "{what}: the bitrate is {bitrate}");
            thread::sleep(Duration::from_millis(2));
        }
        start.elapsed()
    }

    /// Throttles the line to a fifth, and opens it again.
    fn throttle_and_recover(&self) {
        let least = BITRATE as f64 * 0.95;
        self.wait_for("it begins", || self.seen.arrivals().len() > 25 && (self.bitrate)() >= least);
        one_of_several(|| {
            let (longest, machine) = Delays::during(|| self.throttle());
            let limit = LONGEST_DELAY + THREADS * machine.lost();
            let (took, machine) = Delays::during(|| {
                self.line.throttle(0);
                self.wait_for("the quality comes back", || (self.bitrate)() >= least)
            });
            let until = COMES_BACK_WITHIN + THREADS * machine.lost();
            let said = format!("late {longest:?} of {limit:?}, back after {took:?} of {until:?}");
            println!("{said}");
            ensure(longest < limit && took < until, || said)
        });
    }

    /// Throttles the line to a fifth for some time. Returns how late the latest frame was.
    fn throttle(&self) -> Duration {
        let start = Instant::now();
        self.line.throttle(BITRATE / 5);
        self.wait_for("the quality falls", || (self.bitrate)() < BITRATE as f64 / 5.0);
        let settled = Instant::now();
        self.wait_for("it goes on", || settled.elapsed() > Duration::from_secs(3));
        self.seen.delays(start, Instant::now()).into_iter().max().expect("frames")
    }

    /// Lets the scene rest. Waits for a key frame after which the picture is fine.
    #[cfg(feature = "h264")]
    fn become_fine(&self, scene: &Scene) {
        scene.rest();
        let moving = self.seen.arrivals().len();
        self.wait_for("a key frame", || self.seen.arrivals()[moving..].iter().any(|it| it.is_key));
        self.wait_for("a fine picture", || {
            let shown = self.seen.picture();
            shown.is_some_and(|shown| psnr(&shown, &scene.picture()) > FINE)
        });
    }

    /// Waits until almost nothing is sent any more.
    fn come_to_rest(&self) {
        const WHILE: Duration = Duration::from_secs(2);
        let bits = || {
            let before = self.line.passed();
            let start = Instant::now();
            thread::sleep(WHILE);
            (self.line.passed() - before) as f64 * 8.0 / start.elapsed().as_secs_f64()
        };
        let start = Instant::now();
        let mut last = bits();
        while last >= BITS_AT_REST as f64 {
            assert!(start.elapsed() < 2 * PATIENCE, "{last} bit/s");
            last = bits();
        }
        println!("{last:.0} bit/s at rest");
    }
}

/// Starts a server all of whose streams show this loop.
fn server_of(shown: &Arc<RenderLoop>) -> Host {
    let shown = Arc::clone(shown);
    let join = on_streams(move |stream: &Stream| stream.join(&shown));
    Host::start_alone(ServerConfig::default(), join)
}

#[test]
#[cfg(feature = "screen-video")]
fn screen_video_follows_the_line_and_becomes_exact_at_rest() {
    const CODEC: &str = "screen video";
    let scene = Scene::default();
    let quality = AdaptiveQuality::default();
    let shown = loop_of(CODEC, &scene, config().adaptive_quality(quality));
    let host = server_of(&shown);
    let mut decoder =
        VideoCodecFactory::default().create_video_decoder(CODEC).expect("it is the library's own");
    decoder.init(&[]).expect("it begins with nothing");
    let trial = Trial::start(&host, Some(decoder), move || shown.video_codec());
    trial.throttle_and_recover();
    let is_exact = || trial.seen.picture() == Some(scene.picture());
    let (took, machine) = Delays::during(|| {
        scene.rest();
        trial.wait_for("the picture becomes exact", is_exact)
    });
    let lost = machine.lost();
    println!("exact after {took:?}, {lost:?} lost");
    assert!(took < EXACT_WITHIN + THREADS * lost, "{took:?} with {lost:?} lost");
    trial.come_to_rest();
    assert!(is_exact());
}

#[test]
#[cfg(feature = "h264")]
fn h264_follows_the_line_and_has_a_fine_key_frame_at_rest() {
    let scene = Scene::default();
    let quality = AdaptiveQuality::default();
    let shown = loop_of("h264", &scene, config().adaptive_quality(quality));
    let host = server_of(&shown);
    let encoder = Arc::clone(&shown);
    let decoder = VideoCodecFactory::default().create_video_decoder("h264");
    let trial = Trial::start(&host, decoder, move || encoder.video_codec());
    trial.throttle_and_recover();
    trial.become_fine(&scene);
    trial.come_to_rest();
}

#[test]
#[cfg(feature = "h264")]
fn a_stream_with_an_encoder_of_its_own_follows_its_line_and_is_fine_at_rest() {
    let codec: Arc<Mutex<Option<VideoCodec>>> = Arc::default();
    let (made, scene) = (Arc::clone(&codec), Scene::default());
    let shown = scene.clone();
    let host = Host::start_alone(
        ServerConfig::default(),
        on_streams(move |stream: &Stream| set_up_own(stream, &made, &shown)),
    );
    let codec = move || codec.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let decoder = VideoCodecFactory::default().create_video_decoder("h264");
    let trial = Trial::start(&host, decoder, codec);
    trial.throttle_and_recover();
    trial.become_fine(&scene);
    trial.come_to_rest();
}
