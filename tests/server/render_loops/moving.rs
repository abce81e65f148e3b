//! A scene that moves, and what a viewer is sent of it.
#![cfg_attr(not(feature = "h264"), allow(dead_code, reason = "the tests of H.264 use the rest"))]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::client::Player;
use rendercast::media::codec::{VideoCodecFactory, VideoDecoder};
use rendercast::media::{Canvas, PixelType};
use rendercast::{
    FrameOut, HandlerResult, LoopCanvas, PlayOut, RenderLoop, RenderLoopConfig, Stream, Tag,
    TagKind, VideoCodec,
};

pub(super) const WIDTH: u32 = 320;
pub(super) const HEIGHT: u32 = 180;

/// The bits per second that the encoder has at its best.
pub(super) const BITRATE: u64 = 2_000_000;

/// What a viewer was sent.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) arrivals: Mutex<Vec<Arrival>>,
    pub(super) last_picture: Mutex<Option<Vec<u8>>>,
}

/// When a frame arrived, and its time on the clock of the stream.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    pub(super) time: Duration,
    pub(super) bytes: usize,
    pub(super) is_key: bool,
}

impl Arrival {
    /// Returns how late it was since `first`, but for a constant.
    pub(super) fn late(&self, first: Instant) -> f64 {
        (self.at - first).as_secs_f64() - self.time.as_secs_f64()
    }
}

impl Seen {
    /// Watches until the connection ends. Decodes with `decoder`, if there is one, on a thread of
    /// its own, since that takes longer than the frames are apart on a busy machine.
    pub(super) fn watch(&self, player: Player, decoder: Option<Box<dyn VideoDecoder>>) {
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

    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn picture(&self) -> Option<Vec<u8>> {
        self.last_picture.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how late the frames of a time were, beyond the least late of all, and prints it.
    pub(super) fn delays(&self, from: Instant, to: Instant) -> Vec<Duration> {
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
pub(super) fn decode(decoder: &mut dyn VideoDecoder, tag: &Tag) -> Option<Vec<u8>> {
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
pub(super) fn psnr(one: &[u8], other: &[u8]) -> f64 {
    let square = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b)).pow(2);
    let squares: u64 = one.iter().zip(other).map(square).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / squares as f64).log10()
}

/// Draws blocks that no encoder can foresee: another picture for each number.
pub(super) fn draw(canvas: &mut Canvas<'_>, number: u32) {
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
pub(super) struct Scene {
    pub(super) number: Arc<AtomicU32>,
    pub(super) is_at_rest: Arc<AtomicU32>,
}

impl Scene {
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>) {
        let is_at_rest = self.is_at_rest.load(Ordering::SeqCst) > 0;
        let number = self.number.fetch_add(u32::from(!is_at_rest), Ordering::SeqCst);
        draw(canvas, number + u32::from(!is_at_rest));
    }

    pub(super) fn rest(&self) {
        self.is_at_rest.store(1, Ordering::SeqCst);
    }

    /// Returns the bytes of the picture at which it rests.
    pub(super) fn picture(&self) -> Vec<u8> {
        let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8).expect("a size");
        draw(&mut canvas, self.number.load(Ordering::SeqCst));
        canvas.rows().flatten().copied().collect()
    }
}

pub(super) fn config() -> RenderLoopConfig {
    RenderLoopConfig::new("throttled")
        .size(WIDTH, HEIGHT)
        .pixel_type(PixelType::Rgb8)
        .parameter("bitrate", BITRATE.to_string())
}

/// Starts a loop in this codec.
pub(super) fn loop_of(codec: &str, scene: &Scene, config: RenderLoopConfig) -> Arc<RenderLoop> {
    let scene = scene.clone();
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        scene.draw(canvas);
        Ok(true)
    };
    let shown = RenderLoop::new(config, &VideoCodecFactory::default(), codec, draw);
    Arc::new(shown.expect("it encodes"))
}

pub(super) fn set_up_own(stream: &Stream, made: &Arc<Mutex<Option<VideoCodec>>>, scene: &Scene) {
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
