//! The sound of a shared render loop.

use std::time::{Duration, Instant};

use crate::handler::HandlerResult;
use crate::media::codec::sound::AudioFormat;

/// Makes the sound of a [`RenderLoop`](crate::RenderLoop), which
/// [`register_sound_event_handler`](crate::RenderLoop::register_sound_event_handler) takes. It is
/// called before each frame, on the frame thread (`rtmp-loop-frame-NAME`), for the sound since the
/// last call. So sound and pictures have one clock, and drift is not possible.
///
/// ```
/// use std::f32::consts::TAU;
///
/// use rendercast::{HandlerResult, LoopSoundEventHandler, SoundOut};
///
/// /// A tone of 440 Hz.
/// struct Tone;
///
/// impl LoopSoundEventHandler for Tone {
///     fn sound(&mut self, out: &mut SoundOut) -> HandlerResult {
///         let (rate, channels) = (out.format().sample_rate, usize::from(out.format().channels));
///         let first = out.first_sample();
///         for (number, frame) in (first..).zip(out.samples_mut().chunks_exact_mut(channels)) {
///             let turns = (number * 440 % u64::from(rate)) as f32 / rate as f32;
///             frame.fill((turns * TAU).sin() * 0.2);
///         }
///         Ok(true)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no sound handler of a loop",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|out: &mut SoundOut| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait LoopSoundEventHandler: Send {
    /// Writes the samples that follow those of the last call into `out`, which holds silence. Must
    /// not block: the next frame waits.
    ///
    /// `Ok(false)` is an error. The loop ends, and each viewer is told so.
    ///
    /// # Errors
    /// An error ends the loop as `Ok(false)` does, and is logged.
    fn sound(&mut self, out: &mut SoundOut) -> HandlerResult;
}

impl<F> LoopSoundEventHandler for F
where
    F: FnMut(&mut SoundOut) -> HandlerResult + Send,
{
    fn sound(&mut self, out: &mut SoundOut) -> HandlerResult {
        self(out)
    }
}

/// The samples that a [`LoopSoundEventHandler`] writes.
#[derive(Debug)]
pub struct SoundOut {
    format: AudioFormat,
    first_sample: u64,
    origin: Instant,
    samples: Vec<f32>,
}

impl SoundOut {
    /// `count` is the number of samples of one channel.
    pub(super) fn new(format: AudioFormat, origin: Instant, first: u64, count: usize) -> Self {
        let samples = vec![0.0; count.saturating_mul(format.channels.into())];
        Self { format, first_sample: first, origin, samples }
    }

    /// Returns the format that the handler was registered with.
    #[must_use]
    pub const fn format(&self) -> AudioFormat {
        self.format
    }

    /// Returns the number of the first sample, counted since the loop was made. It follows the last
    /// one of the call before, unless the loop rested.
    #[must_use]
    pub const fn first_sample(&self) -> u64 {
        self.first_sample
    }

    /// Returns when the first sample sounds. A picture that is made at that moment has the same
    /// timestamp.
    #[must_use]
    pub fn instant(&self) -> Instant {
        let rate = u64::from(self.format.sample_rate.max(1));
        let nanoseconds = self.first_sample % rate * 1_000_000_000 / rate;
        let since = Duration::from_secs(self.first_sample / rate);
        self.origin + since + Duration::from_nanos(nanoseconds)
    }

    /// Returns the samples, from -1 to 1: those of all channels side by side.
    pub fn samples_mut(&mut self) -> &mut [f32] {
        &mut self.samples
    }

    pub(super) fn samples(&self) -> &[f32] {
        &self.samples
    }
}
