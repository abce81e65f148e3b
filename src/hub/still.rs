//! A still picture of a source: the last canvas as an image, encoded once for all who ask.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::media::Canvas;
use crate::media::image::{self, ImageError};
use crate::panics;
use crate::peer_log::peer_log;
use crate::protocol::web_session::ImageType;
use crate::sync::{Condition, lock, wait_timeout};

/// How long an image serves all who ask for one of its type.
const fn fresh_for(image_type: ImageType) -> Duration {
    match image_type {
        ImageType::Png => Duration::from_millis(500),
        // The pictures of a moving picture follow each other in this time.
        #[cfg(feature = "jpeg")]
        ImageType::Jpeg => PERIOD,
    }
}

/// The time between two pictures of a moving picture.
pub(crate) const PERIOD: Duration = Duration::from_millis(100);

/// How often a thread that waits looks whether its client is gone.
const STEP: Duration = Duration::from_millis(100);

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPicture {
    #[error("this stream is sent as it was encoded, so the server has no picture of it")]
    NotRendered,
    #[error("this stream has ended")]
    Ended,
    #[error("nothing has been drawn yet")]
    NothingDrawn,
    #[error("nothing was drawn in time")]
    TooLate,
    #[error("{0}")]
    Image(#[from] ImageError),
    /// The application's tone map, most likely.
    #[error("the picture could not be made: what makes it panicked")]
    Panicked,
}

/// How long a thread waits for a picture.
#[derive(Clone, Copy)]
pub(crate) struct Patience<'a> {
    pub(crate) until: Instant,
    /// Returns whether nobody wants the picture any more.
    pub(crate) is_over: &'a dyn Fn() -> bool,
}

impl Patience<'_> {
    /// Returns how long to wait before the next look. Returns `None` if there is no time left. Call
    /// it without a lock: `is_over` may take others.
    pub(crate) fn step(self) -> Option<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        (!left.is_zero() && !(self.is_over)()).then(|| left.min(STEP))
    }
}

/// A renderer whose pictures can be had one by one.
pub(crate) trait CanvasSource: Send + Sync {
    /// Returns the last canvas. A source that rests draws one first.
    fn canvas(&self, patience: Patience<'_>) -> Result<Arc<Canvas<'static>>, NoPicture>;

    /// Takes back a canvas that is no longer needed.
    fn give_back(&self, canvas: Arc<Canvas<'static>>);
}

/// An image for a client.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) file: Bytes,
    /// Whether it was encoded for this client.
    pub(crate) is_new: bool,
}

/// The still picture of a source.
#[derive(Default)]
pub(crate) struct Still {
    state: Mutex<State>,
    /// Notified when a thread has made an image, or failed to.
    changed: Condition,
}

#[derive(Default)]
struct State {
    /// The last image of each type.
    last: Vec<Made>,
    /// Whether a thread makes an image.
    is_busy: bool,
}

/// An image.
struct Made {
    file: Bytes,
    image_type: ImageType,
    /// When its canvas was asked for.
    at: Instant,
    /// Its canvas, to know it again.
    canvas: Weak<Canvas<'static>>,
}

/// Lets another thread make the next image.
struct Turn<'a>(&'a Still);

/// Gives a canvas back, also after a panic.
struct Lent<'a> {
    source: &'a dyn CanvasSource,
    canvas: Option<Arc<Canvas<'static>>>,
}

impl Still {
    /// Returns an image of the last canvas of `source`. If one of the type was made within the last
    /// 500 ms, or 100 ms for JPEG, returns that one. Waits for a thread that makes one. No lock is
    /// held meanwhile.
    pub(crate) fn image(
        &self,
        image_type: ImageType,
        patience: Patience<'_>,
        source: &dyn CanvasSource,
    ) -> Result<Image, NoPicture> {
        loop {
            let step = patience.step();
            let mut state = lock(&self.state);
            let made = state.last.iter().find(|made| made.image_type == image_type);
            if let Some(made) = made.filter(|made| made.is_fresh()) {
                return Ok(Image { file: made.file.clone(), is_new: false });
            }
            if !state.is_busy {
                state.is_busy = true;
                break;
            }
            let step = step.ok_or(NoPicture::TooLate)?;
            drop(wait_timeout(&self.changed, state, step));
        }
        let _turn = Turn(self);
        let at = Instant::now();
        let lent = Lent { source, canvas: Some(source.canvas(patience)?) };
        lent.canvas
            .as_ref()
            .map_or(Err(NoPicture::NothingDrawn), |canvas| self.image_of(canvas, image_type, at))
    }

    /// Encodes a canvas, unless it is the one of the last image.
    fn image_of(
        &self,
        canvas: &Arc<Canvas<'static>>,
        image_type: ImageType,
        at: Instant,
    ) -> Result<Image, NoPicture> {
        let drawn = Arc::downgrade(canvas);
        let is_same =
            |made: &&mut Made| made.image_type == image_type && made.canvas.ptr_eq(&drawn);
        if let Some(made) = lock(&self.state).last.iter_mut().find(is_same) {
            made.at = at;
            return Ok(Image { file: made.file.clone(), is_new: false });
        }
        // A tone map is code of the application.
        let file = panics::catch(|| image::encode(canvas, image_type)).map_err(|panic| {
            peer_log!(Error, "a still picture", "its tone map or its encoding panicked: {panic}");
            NoPicture::Panicked
        })??;
        let file = Bytes::from(file);
        let last = &mut lock(&self.state).last;
        last.retain(|made| made.image_type != image_type);
        last.push(Made { file: file.clone(), image_type, at, canvas: drawn });
        Ok(Image { file, is_new: true })
    }

    /// Returns whether no thread has asked for long.
    pub(crate) fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        !state.is_busy && !state.last.iter().any(Made::is_fresh)
    }
}

impl Made {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < fresh_for(self.image_type)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).is_busy = false;
        self.0.changed.notify_all();
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(canvas) = self.canvas.take() {
            self.source.give_back(canvas);
        }
    }
}

impl fmt::Debug for Still {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Still").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{CanvasSource, ImageType, NoPicture, Patience, Still};
    use crate::media::{Canvas, PixelType, ToneMap};
    use crate::sync::lock;

    #[derive(Default)]
    struct Source {
        asked: AtomicUsize,
        given_back: AtomicUsize,
        /// What it returns each time. A new canvas if there is none.
        same: Mutex<Option<Arc<Canvas<'static>>>>,
    }

    impl CanvasSource for Source {
        fn canvas(&self, _: Patience<'_>) -> Result<Arc<Canvas<'static>>, NoPicture> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let new = || Arc::new(Canvas::new(4, 4, PixelType::Grey8).unwrap());
            Ok(lock(&self.same).clone().unwrap_or_else(new))
        }

        fn give_back(&self, _: Arc<Canvas<'static>>) {
            self.given_back.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn patience() -> Patience<'static> {
        Patience { until: Instant::now() + Duration::from_secs(60), is_over: &|| false }
    }

    fn forget_time(still: &Still) {
        let mut state = lock(&still.state);
        let made = state.last.first_mut().unwrap();
        made.at = made.at.checked_sub(super::fresh_for(made.image_type)).unwrap();
    }

    #[test]
    fn an_image_serves_all_who_ask_within_half_a_second() {
        let (still, source) = (Still::default(), Source::default());
        let image = || still.image(ImageType::Png, patience(), &source).unwrap();
        // Against a machine that sleeps between two lines.
        let start = Instant::now();
        let made = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| image().is_new)).collect();
            let new = threads.into_iter().map(|thread| thread.join().unwrap());
            new.filter(|is_new| *is_new).count()
        });
        let most = 1 + start.elapsed().as_millis() as usize / 500;
        assert!((1..=most).contains(&made), "{made} of {most}");
        assert_eq!(source.asked.load(Ordering::Relaxed), made);
        forget_time(&still);
        assert!(image().is_new);
        assert_eq!(source.given_back.load(Ordering::Relaxed), made + 1);
    }

    #[test]
    fn the_same_canvas_is_not_encoded_again() {
        let (still, source) = (Still::default(), Source::default());
        let canvas = Arc::new(Canvas::new(4, 4, PixelType::Grey8).unwrap());
        *lock(&source.same) = Some(canvas);
        let image = || still.image(ImageType::Png, patience(), &source).unwrap();
        assert!(image().is_new);
        forget_time(&still);
        assert!(!image().is_new);
        assert_eq!(source.asked.load(Ordering::Relaxed), 2);
        *lock(&source.same) = Some(Arc::new(Canvas::new(4, 4, PixelType::Grey8).unwrap()));
        forget_time(&still);
        assert!(image().is_new);
    }

    #[test]
    fn a_tone_map_that_panics_costs_one_picture() {
        let (still, source) = (Still::default(), Source::default());
        let canvas = Canvas::new(4, 4, PixelType::RgbF32).unwrap();
        let panics = ToneMap::new(|_: &mut [[f32; 4]]| panic!("no tone"));
        for (given_back, tone_map) in [(1, panics), (2, ToneMap::srgb())] {
            let is_good = given_back == 2;
            *lock(&source.same) = Some(Arc::new(canvas.clone().with_tone_map(tone_map)));
            let found = still.image(ImageType::Png, patience(), &source);
            assert_eq!(found.is_ok(), is_good, "{found:?}");
            assert!(is_good || matches!(found, Err(NoPicture::Panicked)), "{found:?}");
            assert_eq!(source.given_back.load(Ordering::Relaxed), given_back);
        }
    }

    #[cfg(feature = "jpeg")]
    #[test]
    fn each_type_has_an_image_of_its_own() {
        let (still, source) = (Still::default(), Source::default());
        let canvas = Arc::new(Canvas::new(4, 4, PixelType::Grey8).unwrap());
        *lock(&source.same) = Some(canvas);
        for image_type in [ImageType::Png, ImageType::Jpeg] {
            assert!(still.image(image_type, patience(), &source).unwrap().is_new);
        }
        for image_type in [ImageType::Png, ImageType::Jpeg] {
            assert!(!still.image(image_type, patience(), &source).unwrap().is_new);
        }
    }

    #[test]
    fn who_waits_for_another_thread_gives_up_in_time() {
        let (still, source) = (Still::default(), Source::default());
        lock(&still.state).is_busy = true;
        let late = Patience { until: Instant::now(), ..patience() };
        let found = still.image(ImageType::Png, late, &source);
        assert!(matches!(found, Err(NoPicture::TooLate)), "{found:?}");
        let gone = Patience { is_over: &|| true, ..patience() };
        let found = still.image(ImageType::Png, gone, &source);
        assert!(matches!(found, Err(NoPicture::TooLate)), "{found:?}");
        assert!(!still.is_idle());
    }
}
