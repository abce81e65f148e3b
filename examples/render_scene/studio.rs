//! What all viewers and callers share: the view, the rate, and the figures.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use rendercast::amf::Object;
use rendercast::media::Canvas;

use crate::options::{Options, Size};
use crate::renderer;
use crate::scene::{Scene, View};

/// What all viewers and callers share.
#[derive(Debug)]
pub(crate) struct Studio {
    pub(crate) codec: String,
    pub(crate) size: Size,
    started: Instant,
    view: Mutex<View>,
    render_rate: AtomicU32,
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

/// How often something was done, and how long it took in all.
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
            figures: Figures::default(),
        }
    }

    /// The view, for as long as nobody else needs it.
    pub(crate) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often to render, in pictures per second.
    pub(crate) fn render_rate(&self) -> u32 {
        self.render_rate.load(Ordering::Relaxed)
    }

    pub(crate) fn set_render_rate(&self, pictures_per_second: u32) {
        self.render_rate.store(pictures_per_second, Ordering::Relaxed);
    }

    /// How long a picture is shown.
    pub(crate) fn period(&self) -> Duration {
        Duration::from_secs(1) / self.render_rate()
    }

    /// The scene as it is now.
    pub(crate) fn render(&self) -> Result<Canvas<'static>> {
        let scene = Scene::at(self.started.elapsed(), &self.view());
        let Size { width, height } = self.size;
        Ok(self.figures.rendered.measure(|| renderer::render(&scene, width, height))?)
    }

    /// Counts what `encode` does.
    pub(crate) fn encode<T>(&self, encode: impl FnOnce() -> T) -> T {
        self.figures.encoded.measure(encode)
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.figures.encoded_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// A picture was left out, since its viewer does not keep up.
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
        let Figures { viewers, rendered, encoded, encoded_bytes, skipped } = &self.figures;
        let (yaw, pitch) = self.view().camera_degrees();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        Object::new()
            .with("uptime_seconds", self.started.elapsed().as_secs_f64().floor())
            .with("codec", self.codec.as_str())
            .with("size", format!("{}x{}", self.size.width, self.size.height))
            .with("render_rate", self.render_rate())
            .with("camera_yaw_degrees", f64::from(yaw.round()))
            .with("camera_pitch_degrees", f64::from(pitch.round()))
            .with("viewers", count(viewers))
            .with("rendered_frames", rendered.times())
            .with("render_milliseconds", rendered.mean_milliseconds())
            .with("encoded_frames", encoded.times())
            .with("encode_milliseconds", encoded.mean_milliseconds())
            .with("encoded_bytes", count(encoded_bytes))
            .with("skipped_frames", count(skipped))
    }
}
