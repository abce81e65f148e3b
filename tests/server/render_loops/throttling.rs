//! Quality that follows the line, and a picture that becomes exact when it stands still.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::client::Player;
use rendercast::media::codec::{VideoCodecFactory, VideoDecoder};
use rendercast::media::{Canvas, PixelType};
use rendercast::{
    AdaptiveQuality, FrameOut, HandlerResult, LoopCanvas, PlayOut, RenderLoop, RenderLoopConfig,
    ServerConfig, Stream, Tag, TagKind, VideoCodec,
};

use crate::support::{Delays, Host, Line, PATIENCE, ensure, on_streams, one_of_several};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;

/// The bits per second that the encoder has at its best.
const BITRATE: u64 = 2_000_000;

/// The bounds, on a machine that has nothing else to do. The line's own 8 KiB, which no sender
/// sees, take 160 ms of the delay at a fifth of the bitrate.
const LONGEST_DELAY: Duration = Duration::from_millis(500);
const COMES_BACK_WITHIN: Duration = Duration::from_secs(5);
const EXACT_WITHIN: Duration = Duration::from_secs(1);
const BITS_AT_REST: u64 = 5000;

/// In decibels. Pictures that move have less than half of it.
const FINE: f64 = 40.0;

/// Frames pass through so many threads, each of which a busy machine holds up.
const THREADS: u32 = 4;

/// What a viewer was sent.
#[derive(Default)]
struct Seen {
    arrivals: Mutex<Vec<Arrival>>,
    last_picture: Mutex<Option<Vec<u8>>>,
}

/// When a frame arrived, and its time on the clock of the stream.
#[derive(Clone, Copy)]
struct Arrival {
    at: Instant,
    time: Duration,
    bytes: usize,
    is_key: bool,
}

impl Arrival {
    /// Returns how late it was since `first`, but for a constant.
    fn late(&self, first: Instant) -> f64 {
        (self.at - first).as_secs_f64() - self.time.as_secs_f64()
    }
}

impl Seen {
    /// Watches until the connection ends. Decodes with `decoder`, if there is one, on a thread of
    /// its own, since that takes longer than the frames are apart on a busy machine.
    fn watch(&self, player: Player, decoder: Option<Box<dyn VideoDecoder>>) {
        thread::scope(|scope| {
            let (tags, to_decode) = mpsc::channel();
            scope.spawn(move || decoder.map(|decoder| self.decode(decoder, to_decode)));
            for tag in player.map_while(Result::ok).filter(|tag| tag.kind == TagKind::Video) {
                self.note(&tag);
                // It fails if nothing is decoded.
                let _ = tags.send(tag);
            }
        });
    }

    fn note(&self, tag: &Tag) {
        let (at, time) = (Instant::now(), Duration::from_millis(tag.timestamp.0.into()));
        let arrival = Arrival { at, time, bytes: tag.payload.len(), is_key: tag.is_key_frame() };
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
    }

    fn decode(&self, mut decoder: Box<dyn VideoDecoder>, tags: mpsc::Receiver<Tag>) {
        for tag in tags {
            let picture = decode(&mut *decoder, &tag);
            *self.last_picture.lock().unwrap_or_else(PoisonError::into_inner) = picture;
        }
    }

    fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn picture(&self) -> Option<Vec<u8>> {
        self.last_picture.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how late the frames of a time were, beyond the least late of all, and prints it.
    fn delays(&self, from: Instant, to: Instant) -> Vec<Duration> {
        let arrivals = self.arrivals();
        let first = arrivals[0].at;
        let least = arrivals.iter().map(|it| it.late(first)).fold(f64::INFINITY, f64::min);
        let within = arrivals.iter().filter(|it| (from..to).contains(&it.at));
        let delay = |it: &Arrival| {
            let delay = Duration::from_secs_f64(it.late(first) - least);
            println!("{:?}: {} bytes are {delay:?} late", it.at - from, it.bytes);
            delay
        };
        within.map(delay).collect()
    }
}

/// Returns the picture in a tag of screen video or of H.264.
fn decode(decoder: &mut dyn VideoDecoder, tag: &Tag) -> Option<Vec<u8>> {
    let data = match &tag.payload[..] {
        [first, 0, _, _, _, record @ ..] if first & 15 == 7 => {
            decoder.init(record).expect("a sequence header");
            return None;
        }
        [first, _, _, _, _, units @ ..] if first & 15 == 7 => units,
        payload => &payload[1..],
    };
    let picture = decoder.decode_canvas(data).expect("it can be decoded")?;
    Some(picture.rows().flatten().copied().collect())
}

/// Returns the peak signal-to-noise ratio in decibels.
fn psnr(one: &[u8], other: &[u8]) -> f64 {
    let square = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b)).pow(2);
    let squares: u64 = one.iter().zip(other).map(square).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / squares as f64).log10()
}

/// Draws blocks that no encoder can foresee: another picture for each number.
fn draw(canvas: &mut Canvas<'_>, number: u32) {
    for row in 0..HEIGHT {
        for (column, byte) in canvas.row_mut(row).iter_mut().enumerate() {
            let mixed = [number, row / 6, column as u32 / 18]
                .iter()
                .fold(7u32, |mixed, part| (mixed ^ part).wrapping_mul(0x9e37_79b1).rotate_left(13));
            *byte = (mixed >> 24) as u8;
        }
    }
}

/// The scene: moves until it is told to rest.
#[derive(Clone, Default)]
struct Scene {
    number: Arc<AtomicU32>,
    is_at_rest: Arc<AtomicU32>,
}

impl Scene {
    fn draw(&self, canvas: &mut Canvas<'_>) {
        let is_at_rest = self.is_at_rest.load(Ordering::SeqCst) > 0;
        let number = self.number.fetch_add(u32::from(!is_at_rest), Ordering::SeqCst);
        draw(canvas, number + u32::from(!is_at_rest));
    }

    fn rest(&self) {
        self.is_at_rest.store(1, Ordering::SeqCst);
    }

    /// Returns the bytes of the picture at which it rests.
    fn picture(&self) -> Vec<u8> {
        let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8).expect("a size");
        draw(&mut canvas, self.number.load(Ordering::SeqCst));
        canvas.rows().flatten().copied().collect()
    }
}

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

fn config() -> RenderLoopConfig {
    RenderLoopConfig::new("throttled")
        .size(WIDTH, HEIGHT)
        .pixel_type(PixelType::Rgb8)
        .parameter("bitrate", BITRATE.to_string())
}

/// Starts a loop in this codec, and a server all of whose streams show it.
fn loop_of(codec: &str, scene: &Scene, config: RenderLoopConfig) -> (Host, Arc<RenderLoop>) {
    let scene = scene.clone();
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        scene.draw(canvas);
        Ok(true)
    };
    let shown = RenderLoop::new(config, &VideoCodecFactory::default(), codec, draw);
    let shown = Arc::new(shown.expect("it encodes"));
    let joined = Arc::clone(&shown);
    let join = on_streams(move |stream: &Stream| stream.join(&joined));
    (Host::start_alone(ServerConfig::default(), join), shown)
}

#[test]
#[cfg(feature = "screen-video")]
fn screen_video_follows_the_line_and_becomes_exact_at_rest() {
    const CODEC: &str = "screen video";
    let scene = Scene::default();
    let quality = AdaptiveQuality::default();
    let (host, shown) = loop_of(CODEC, &scene, config().adaptive_quality(quality));
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
    let (host, shown) = loop_of("h264", &scene, config().adaptive_quality(quality));
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

#[cfg(feature = "h264")]
fn set_up_own(stream: &Stream, made: &Arc<Mutex<Option<VideoCodec>>>, scene: &Scene) {
    assert!(stream.use_codec("h264"));
    let made = Arc::clone(made);
    stream.register_play_event_handler(
        move |stream: &Stream, out: &mut PlayOut| -> HandlerResult {
            let codec = stream.video_codec().ok_or("no codec")?;
            assert!(codec.set_parameter("bitrate", &BITRATE.to_string()));
            out.video(codec.init(WIDTH, HEIGHT)?);
            *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(codec);
            Ok(true)
        },
    );
    let scene = scene.clone();
    stream.register_frame_event_handler(
        move |stream: &Stream, out: &mut FrameOut, is_full: bool| -> HandlerResult {
            if !is_full {
                let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8)?;
                scene.draw(&mut canvas);
                out.video(stream.video_codec().ok_or("no codec")?.encode_canvas(&canvas)?);
            }
            Ok(true)
        },
    );
}
