//! Single pictures of a render loop, for those who want no stream.

use std::sync::Arc;
use std::time::Instant;

use super::Shared;
use crate::hub::{CanvasSource, NoPicture, Patience};
use crate::media::Canvas;
use crate::sync::lock;

impl CanvasSource for Shared {
    fn canvas(&self, patience: Patience<'_>) -> Result<Arc<Canvas<'static>>, NoPicture> {
        let last = self.outputs.last();
        if last.has_ended {
            return Err(NoPicture::Ended);
        }
        match (self.activity(), last.picture()) {
            // A picture that the application publishes is right until the next one.
            (Activity::NoRenderer, picture) => return picture.ok_or(NoPicture::NothingDrawn),
            (Activity::Runs, Some(picture)) => return Ok(picture),
            (Activity::Runs, None) | (Activity::Rests, _) => {}
        }
        let _viewer = Viewer::of(self);
        let last = self.outputs.wait_for_next(last.number, patience);
        // If the renderer is slow, an older picture is better than none.
        let missing = if last.has_ended { NoPicture::Ended } else { NoPicture::TooLate };
        last.picture().ok_or(missing)
    }

    fn give_back(&self, canvas: Arc<Canvas<'static>>) {
        self.free.give_up(Some(canvas));
    }
}

/// What the renderer of a loop does.
enum Activity {
    NoRenderer,
    Runs,
    Rests,
}

impl Shared {
    fn activity(&self) -> Activity {
        let control = lock(&self.control);
        if !control.has_renderer {
            Activity::NoRenderer
        } else if self.is_wanted(&control, Instant::now()) || control.output_viewers > 0 {
            Activity::Runs
        } else {
            Activity::Rests
        }
    }

    /// Keeps the newest picture for later if nothing is watched.
    fn retire_unwatched(&self) {
        self.change(|control| {
            let is_wanted = self.is_wanted(control, Instant::now());
            if let Some(pictures) = control.pictures.as_mut().filter(|_| !is_wanted) {
                pictures.retire(None);
            }
        });
    }
}

/// Lets the renderer run as for a further encoding.
struct Viewer<'a>(&'a Shared);

impl<'a> Viewer<'a> {
    fn of(shared: &'a Shared) -> Self {
        shared.change_output_viewers(0, 1);
        Self(shared)
    }
}

impl Drop for Viewer<'_> {
    fn drop(&mut self) {
        self.0.change_output_viewers(1, 0);
        self.0.retire_unwatched();
    }
}
