//! Render loops that many streams share.

mod cancelling;
mod commanding;
#[cfg(feature = "screen-video")]
mod decoding;
mod encoding_twice;
mod ending;
mod failing;
mod idling;
mod keeping_up;
#[cfg(feature = "screen-video")]
mod limiting;
#[cfg(feature = "screen-video")]
mod moving;
mod naming;
mod picturing;
mod reordering;
mod sharing;
#[cfg(feature = "screen-video")]
mod throttling;
mod timing;
mod viewing;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use rendercast::media::codec::{
    CodecError, VideoCodecFactory, VideoData, VideoDataKind, VideoDecoder, VideoEncoder,
    VideoPlugin,
};
use rendercast::media::{Canvas, PixelType};
use rendercast::{HandlerResult, LoopCanvas, RenderLoop, RenderLoopConfig, Stream, Tag};

use crate::support::{Client, Host, PATIENCE, on_streams};

/// A codec that RTMP carries, and that is not built in.
const CODEC: &str = "hevc";
const KEY: u8 = 0x93;
const HEADER: u8 = 0x90;
/// The length of frame type, packet type and codec name.
const HEADER_LEN: usize = 5;

/// A codec whose frames are their number and the first byte of the picture.
#[derive(Clone, Default)]
struct Numbers(Arc<Settings>);

#[derive(Default)]
struct Settings {
    /// The number of frames from one key frame to the next. With 0, only the first frame is a key
    /// frame, and each that is asked for.
    key_distance: u32,
    /// The number of bytes that follow.
    padding: usize,
    /// The frames at which the encoder fails, or panics.
    fails_at: Option<u32>,
    panics_at: Option<u32>,
    asked_for: AtomicU32,
    /// How many frames all encoders have made.
    encoded: AtomicU32,
}

struct Encoder {
    settings: Arc<Settings>,
    next: u32,
    since_key_frame: u32,
    is_asked_for_key_frame: bool,
    bitrate: Option<u32>,
}

impl Numbers {
    fn new(settings: Settings) -> Self {
        Self(Arc::new(settings))
    }

    /// Returns how many key frames were asked for.
    fn asked_for(&self) -> u32 {
        self.0.asked_for.load(Ordering::SeqCst)
    }

    /// Returns how many frames all encoders have made.
    fn encoded(&self) -> u64 {
        self.0.encoded.load(Ordering::SeqCst).into()
    }

    fn factory(&self) -> VideoCodecFactory {
        let factory = VideoCodecFactory::default();
        factory.add(Arc::new(self.clone())).expect("no other codec has the name");
        factory
    }

    /// Makes a loop whose encoder is of this codec.
    fn render_loop(
        &self,
        config: RenderLoopConfig,
        renderer: impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static,
    ) -> Arc<RenderLoop> {
        let config = config.size(4, 2);
        let scene = RenderLoop::new(config, &self.factory(), CODEC, renderer);
        Arc::new(scene.expect("all is there that it takes"))
    }
}

impl VideoPlugin for Numbers {
    fn name(&self) -> &str {
        CODEC
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        Some(Box::new(Encoder {
            settings: Arc::clone(&self.0),
            next: 0,
            since_key_frame: 0,
            is_asked_for_key_frame: false,
            bitrate: None,
        }))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        None
    }
}

impl VideoEncoder for Encoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        if ![(4, 2), (8, 4)].contains(&(width, height)) {
            let reason = "only 4x2 and 8x4".to_owned();
            return Err(CodecError::Resolution { width, height, reason });
        }
        Ok(Some(VideoData::new(VideoDataKind::SequenceHeader, vec![1])))
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        if name == "bitrate" {
            // As of a real encoder, not every number will do.
            self.bitrate = value.parse().ok().filter(|bitrate| *bitrate > 1000);
            return self.bitrate.is_some();
        }
        if name != "force_keyframe" {
            return false;
        }
        self.settings.asked_for.fetch_add(1, Ordering::SeqCst);
        self.is_asked_for_key_frame = true;
        true
    }

    fn parameter(&self, name: &str) -> Option<String> {
        (name == "bitrate").then_some(self.bitrate?.to_string())
    }

    fn supported_types(&self) -> &[PixelType] {
        &[PixelType::Grey8, PixelType::Rgb8]
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        let (number, settings) = (self.next, &self.settings);
        settings.encoded.fetch_add(1, Ordering::SeqCst);
        self.next += 1;
        assert_ne!(Some(number), settings.panics_at, "as the test wishes");
        if Some(number) == settings.fails_at {
            return Err(CodecError::Failed("as the test wishes".to_owned()));
        }
        let is_due = settings.key_distance > 0 && self.since_key_frame >= settings.key_distance;
        let asked = std::mem::take(&mut self.is_asked_for_key_frame);
        let is_key = number == 0 || is_due || asked;
        self.since_key_frame = if is_key { 1 } else { self.since_key_frame + 1 };
        let kind = if is_key { VideoDataKind::KeyFrame } else { VideoDataKind::InterFrame };
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.push(canvas.row(0)[0]);
        bytes.resize(bytes.len() + settings.padding, 0);
        Ok(Some(VideoData::new(kind, bytes)))
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        Ok(Vec::new())
    }

    fn identifier(&self) -> &str {
        "numbers"
    }
}

fn is_key_frame(tag: &Tag) -> bool {
    tag.payload[0] == KEY
}

fn is_header(tag: &Tag) -> bool {
    tag.payload[0] == HEADER
}

fn number(tag: &Tag) -> u32 {
    let number = &tag.payload[HEADER_LEN..HEADER_LEN + 4];
    u32::from_be_bytes(number.try_into().expect("four bytes"))
}

/// Returns the first byte of the picture in a frame.
fn mark(tag: &Tag) -> u8 {
    tag.payload[HEADER_LEN + 4]
}

fn next_mark(client: &mut Client) -> u8 {
    let mut tag = client.next_media().tag;
    while is_header(&tag) {
        tag = client.next_media().tag;
    }
    mark(&tag)
}

/// Reads on to a frame with that mark. Returns the marks before it, without repetition.
#[track_caller]
fn marks_until(client: &mut Client, wanted: u8) -> Vec<u8> {
    let mut marks = Vec::new();
    loop {
        let mark = next_mark(client);
        if mark == wanted {
            marks.dedup();
            return marks;
        }
        marks.push(mark);
        assert!(marks.len() < 1000, "{wanted} does not come");
    }
}

/// Returns a renderer that draws numbers, from 1 on.
fn flicker() -> impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static {
    let mut last: u8 = 0;
    move |canvas| {
        last = last.wrapping_add(1);
        canvas.row_mut(0).fill(last);
        Ok(true)
    }
}

/// The test's side of a renderer that takes as long as the test wishes.
struct SlowRenderer {
    /// What the renderer draws: the mark that the scene has when a render begins.
    scene: Arc<AtomicU8>,
    /// Whether each render starts over, when it begins.
    begun: Receiver<bool>,
    /// Lets a render return.
    go: Sender<()>,
}

/// How much the mark of a picture grows if its render was cancelled.
const CANCELLED: u8 = 100;

/// Returns a renderer, and the test's side of it. If it is cancelled, it draws and returns at once.
fn slow_renderer() -> (SlowRenderer, impl FnMut(&mut LoopCanvas) -> HandlerResult + Send + 'static)
{
    let scene = Arc::new(AtomicU8::new(1));
    let (tell, begun) = mpsc::channel();
    let (go, gone) = mpsc::channel();
    let drawn = Arc::clone(&scene);
    let render = move |canvas: &mut LoopCanvas| {
        let mark = drawn.load(Ordering::SeqCst);
        tell.send(canvas.starts_over())?;
        let added = loop {
            match gone.recv_timeout(Duration::from_millis(1)) {
                Err(RecvTimeoutError::Timeout) if canvas.is_cancelled() => break CANCELLED,
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break 0,
            }
        };
        canvas.row_mut(0).fill(mark + added);
        Ok(true)
    };
    (SlowRenderer { scene, begun, go }, render)
}

impl SlowRenderer {
    /// Waits until a render begins. Returns whether it starts over.
    #[track_caller]
    fn wait_for_render(&self) -> bool {
        self.begun.recv_timeout(PATIENCE).expect("a render begins")
    }

    /// Lets the render return that has begun.
    fn finish(&self) {
        self.go.send(()).expect("the loop runs");
    }
}

/// Starts a server whose streams all show `scene`.
fn host_of(scene: &Arc<RenderLoop>) -> Host {
    let scene = Arc::clone(scene);
    Host::start(on_streams(move |stream: &Stream| stream.join(&scene)))
}

/// Checks that a decoder can decode what a viewer was sent: header, key frame, then every number,
/// except for gaps that end with a key frame. Returns the numbers that follow a gap.
#[track_caller]
fn check_decodable(tags: &[Tag]) -> Vec<u32> {
    assert!(tags.first().is_none_or(is_header), "{:?}", tags[0]);
    let frames: Vec<&Tag> = tags.iter().filter(|tag| !is_header(tag)).collect();
    assert!(frames.first().is_none_or(|first| is_key_frame(first)), "{:?}", frames[0]);
    let mut gaps = Vec::new();
    for pair in frames.windows(2) {
        assert!(pair[1].timestamp.since(pair[0].timestamp) >= 0, "{pair:?}");
        if number(pair[1]) != number(pair[0]) + 1 {
            assert!(is_key_frame(pair[1]), "{pair:?}");
            assert!(number(pair[1]) > number(pair[0]), "{pair:?}");
            gaps.push(number(pair[1]));
        }
    }
    gaps
}
