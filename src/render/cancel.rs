//! The cancelling of a render that runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// What becomes of the render that is cancelled, by [`LoopCommands::cancel`].
///
/// [`LoopCommands::cancel`]: crate::LoopCommands::cancel
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CancelLevel {
    /// Level 0: the renderer keeps what it has, and shows it.
    Keep,
    /// Level 1: the renderer drops what it has, and starts over.
    StartOver,
}

/// Whether the render that runs is cancelled. Cheap to ask and to clone. A renderer with threads of
/// its own gives each a clone.
///
/// ```
/// use rendercast::{HandlerResult, LoopCanvas};
///
/// fn render(canvas: &mut LoopCanvas) -> HandlerResult {
///     for row in 0..canvas.height() {
///         if canvas.is_cancelled() {
///             break;
///         }
///         canvas.row_mut(row).fill(128);
///     }
///     Ok(true)
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// [`NONE`], [`KEEP`] or [`START_OVER`].
    level: AtomicU8,
    /// Whether the renderer was told.
    is_seen: AtomicBool,
}

const NONE: u8 = 0;
const KEEP: u8 = 1;
const START_OVER: u8 = 2;

impl Cancellation {
    /// Returns whether the renderer must return soon.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.level().is_some()
    }

    /// Returns what becomes of the render, or `None` if it is not cancelled.
    #[must_use]
    pub fn level(&self) -> Option<CancelLevel> {
        let level = match self.0.level.load(Ordering::Relaxed) {
            NONE => return None,
            KEEP => CancelLevel::Keep,
            _ => CancelLevel::StartOver,
        };
        self.0.is_seen.store(true, Ordering::Relaxed);
        Some(level)
    }

    pub(crate) fn cancel(&self, level: CancelLevel) {
        let level = match level {
            CancelLevel::Keep => KEEP,
            CancelLevel::StartOver => START_OVER,
        };
        self.0.level.fetch_max(level, Ordering::Relaxed);
    }

    /// Begins a render.
    pub(crate) fn reset(&self) {
        self.0.level.store(NONE, Ordering::Relaxed);
        self.0.is_seen.store(false, Ordering::Relaxed);
    }

    /// Returns whether the renderer was told to start over. If it was not, its picture is whole.
    pub(crate) fn has_dropped_picture(&self) -> bool {
        self.0.is_seen.load(Ordering::Relaxed) && self.0.level.load(Ordering::Relaxed) == START_OVER
    }
}

#[cfg(test)]
mod tests {
    use super::{CancelLevel, Cancellation};

    #[test]
    fn the_higher_level_counts_until_the_next_render() {
        let cancellation = Cancellation::default();
        assert_eq!(cancellation.level(), None);
        cancellation.cancel(CancelLevel::StartOver);
        cancellation.cancel(CancelLevel::Keep);
        assert_eq!(cancellation.clone().level(), Some(CancelLevel::StartOver));
        cancellation.reset();
        assert!(!cancellation.is_cancelled());
    }

    #[test]
    fn a_picture_is_dropped_only_if_the_renderer_was_told_to() {
        let cancellation = Cancellation::default();
        cancellation.cancel(CancelLevel::StartOver);
        assert!(!cancellation.has_dropped_picture(), "the renderer did not ask");
        assert!(cancellation.is_cancelled());
        assert!(cancellation.has_dropped_picture());
        cancellation.reset();
        cancellation.cancel(CancelLevel::Keep);
        assert!(cancellation.is_cancelled());
        assert!(!cancellation.has_dropped_picture());
    }
}
