//! The state that all viewers and callers share: the view, the rate, and the statistics.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use rendercast::amf::Object;
use rendercast::media::Canvas;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::media::codec::sound::{AudioCodecFactory, AudioFormat};
use rendercast::{HandlerResult, LoopCanvas, RenderLoop, RenderLoopConfig, SoundOut};

use crate::options::{Options, Size};
use crate::renderer;
use crate::scene::{Scene, View};
use crate::sound;

/// The state that all viewers and callers share.
#[derive(Debug)]
pub(crate) struct Studio {
    pub(crate) codec: String,
    pub(crate) size: Size,
    started: Instant,
    view: Mutex<View>,
    render_rate: AtomicU32,
    /// The audio codec, if the scene has sound.
    sound: Option<String>,
    /// The render loop, if all viewers share one.
    shared_loop: OnceLock<RenderLoop>,
    figures: Figures,
}

/// Counts since the start.
#[derive(Debug, Default)]
struct Figures {
    viewers: AtomicU64,
    rendered: Stopwatch,
    encoded: Stopwatch,
    encoded_bytes: AtomicU64,
    skipped: AtomicU64,
}

/// The number of times that something was done, and the total time that it took.
#[derive(Debug, Default)]
struct Stopwatch {
    times: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Stopwatch {
    fn measure<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        let nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.times.fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        result
    }

    fn times(&self) -> f64 {
        self.times.load(Ordering::Relaxed) as f64
    }

    fn mean_milliseconds(&self) -> f64 {
        let milliseconds = self.nanoseconds.load(Ordering::Relaxed) as f64 / 1e6;
        (milliseconds / self.times().max(1.0) * 100.0).round() / 100.0
    }
}

impl Studio {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            codec: options.codec.clone(),
            size: options.size,
            started: Instant::now(),
            view: Mutex::default(),
            render_rate: AtomicU32::new(options.rate),
            sound: options.sound.clone(),
            shared_loop: OnceLock::new(),
            figures: Figures::default(),
        }
    }

    /// Sets the render loop that all viewers share.
    pub(crate) fn share(
        self: &Arc<Self>,
        codecs: &VideoCodecFactory,
        audio_codecs: &AudioCodecFactory,
    ) -> Result<()> {
        let Size { width, height } = self.size;
        let config = RenderLoopConfig::new("scene")
            .size(width, height)
            .pixel_type(renderer::PIXEL_TYPE)
            .rate(self.render_rate().into());
        let studio = Arc::downgrade(self);
        let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
            let studio = studio.upgrade().ok_or("the server is gone")?;
            let scene = studio.scene();
            studio.figures.rendered.measure(|| renderer::draw(&scene, canvas));
            Ok(true)
        };
        let shared = RenderLoop::new(config, codecs, &self.codec, draw)?;
        if let Some(codec) = &self.sound {
            let started = self.started;
            let format = AudioFormat { sample_rate: 44_100, channels: 1 };
            let ring = move |out: &mut SoundOut| -> HandlerResult {
                let time = out.instant().saturating_duration_since(started);
                sound::ring(time, format.sample_rate, out.samples_mut());
                Ok(true)
            };
            shared.register_sound_event_handler(audio_codecs, codec, format, ring)?;
        }
        let _ = self.shared_loop.set(shared);
        Ok(())
    }

    /// Returns the render loop that all viewers share, if they do.
    pub(crate) fn shared_loop(&self) -> Option<&RenderLoop> {
        self.shared_loop.get()
    }

    /// Locks the view. Release it soon.
    pub(crate) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the rate in pictures per second.
    pub(crate) fn render_rate(&self) -> u32 {
        self.render_rate.load(Ordering::Relaxed)
    }

    pub(crate) fn set_render_rate(&self, pictures_per_second: u32) {
        self.render_rate.store(pictures_per_second, Ordering::Relaxed);
        if let Some(shared) = self.shared_loop() {
            shared.set_rate(pictures_per_second.into());
        }
    }

    /// Returns the time for which a picture is shown.
    pub(crate) fn period(&self) -> Duration {
        Duration::from_secs(1) / self.render_rate()
    }

    /// Draws the scene as it is now.
    pub(crate) fn render(&self) -> Result<Canvas<'static>> {
        let scene = self.scene();
        let Size { width, height } = self.size;
        Ok(self.figures.rendered.measure(|| renderer::render(&scene, width, height))?)
    }

    fn scene(&self) -> Scene {
        Scene::at(self.started.elapsed(), &self.view())
    }

    /// Calls `encode`, and counts it.
    pub(crate) fn encode<T>(&self, encode: impl FnOnce() -> T) -> T {
        self.figures.encoded.measure(encode)
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.figures.encoded_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts a picture that was skipped because its viewer is too slow.
    pub(crate) fn skipped(&self) {
        self.figures.skipped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn viewer_came(&self) {
        self.figures.viewers.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn viewer_went(&self) {
        self.figures.viewers.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn statistics(&self) -> Object {
        let (yaw, pitch) = self.view().camera_degrees();
        let Figures { rendered, .. } = &self.figures;
        let object = Object::new()
            .with("uptime_seconds", self.started.elapsed().as_secs_f64().floor())
            .with("codec", self.codec.as_str())
            .with("size", format!("{}x{}", self.size.width, self.size.height))
            .with("render_rate", self.render_rate())
            .with("camera_yaw_degrees", f64::from(yaw.round()))
            .with("camera_pitch_degrees", f64::from(pitch.round()))
            .with("rendered_frames", rendered.times())
            .with("render_milliseconds", rendered.mean_milliseconds());
        match self.shared_loop() {
            Some(shared) => shared
                .statistics()
                .iter()
                .fold(object, |object, (name, value)| object.with(name, value.clone())),
            None => self.figures.append_to(object),
        }
    }
}

impl Figures {
    /// Returns the statistics of the viewers' own loops.
    fn append_to(&self, object: Object) -> Object {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        object
            .with("viewers", count(&self.viewers))
            .with("encoded_frames", self.encoded.times())
            .with("encode_milliseconds", self.encoded.mean_milliseconds())
            .with("encoded_bytes", count(&self.encoded_bytes))
            .with("skipped_frames", count(&self.skipped))
    }
}
