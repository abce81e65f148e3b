//! The further encodings of a loop, and its last picture.

use std::fmt;
#[cfg(feature = "web")]
use std::sync::Weak;
use std::sync::{Arc, Mutex};

use super::canvas_pool::Picture;
use crate::hub::End;
#[cfg(feature = "web")]
use crate::hub::Patience;
#[cfg(feature = "web")]
use crate::media::Canvas;
use crate::sync::lock;
#[cfg(feature = "web")]
use crate::sync::{Condition, wait_timeout};

/// An encoding of a loop beside its first.
pub(crate) trait Output: Send + Sync {
    /// Shows a picture, if the encoding is watched.
    fn offer(&self, picture: Picture);

    /// Says whether the renderer has nothing more to draw at present.
    fn set_settled(&self, is_settled: bool);

    /// Ends the encoding.
    fn end(&self, ending: End);
}

/// The further encodings of a loop, and the picture that they show.
#[derive(Default)]
pub(crate) struct Outputs {
    state: Mutex<State>,
    /// Notified of each picture, and of the end.
    #[cfg(feature = "web")]
    changed: Condition,
}

#[derive(Default)]
struct State {
    outputs: Vec<Arc<dyn Output>>,
    /// `None` without further encodings.
    latest: Option<Picture>,
    #[cfg(feature = "web")]
    last: LastPicture,
}

/// The last picture of a loop.
#[cfg(feature = "web")]
#[derive(Clone, Default)]
pub(crate) struct LastPicture {
    /// It is alive while the loop has it.
    canvas: Weak<Canvas<'static>>,
    /// How often the renderer has shown a picture.
    pub(crate) number: u64,
    pub(crate) has_ended: bool,
}

#[cfg(feature = "web")]
impl LastPicture {
    pub(crate) fn picture(&self) -> Option<Picture> {
        self.canvas.upgrade()
    }
}

impl Outputs {
    pub(crate) fn add(&self, output: Arc<dyn Output>) {
        lock(&self.state).outputs.push(output);
    }

    /// Shows a picture in all encodings. Returns the one before, which this has kept.
    pub(crate) fn show(&self, picture: Option<Picture>) -> Option<Picture> {
        let mut state = lock(&self.state);
        #[cfg(feature = "web")]
        if let Some(picture) = &picture {
            state.last.canvas = Arc::downgrade(picture);
            state.last.number += 1;
            self.changed.notify_all();
        }
        if state.outputs.is_empty() {
            return None;
        }
        if let Some(picture) = &picture {
            state.outputs.iter().for_each(|output| output.offer(Arc::clone(picture)));
        }
        std::mem::replace(&mut state.latest, picture)
    }

    /// Shows the last picture again, in encodings that are watched since.
    pub(crate) fn show_again(&self) {
        #[cfg_attr(not(feature = "web"), expect(unused_mut, reason = "counted for stills alone"))]
        let mut state = lock(&self.state);
        #[cfg(feature = "web")]
        {
            state.last.number += 1;
            self.changed.notify_all();
        }
        if let Some(latest) = &state.latest {
            state.outputs.iter().for_each(|output| output.offer(Arc::clone(latest)));
        }
    }

    pub(crate) fn set_settled(&self, is_settled: bool) {
        let state = lock(&self.state);
        state.outputs.iter().for_each(|output| output.set_settled(is_settled));
    }

    pub(crate) fn end(&self, ending: End) {
        #[cfg_attr(not(feature = "web"), expect(unused_mut, reason = "noted for stills alone"))]
        let mut state = lock(&self.state);
        #[cfg(feature = "web")]
        {
            state.last.has_ended = true;
            self.changed.notify_all();
        }
        state.outputs.iter().for_each(|output| output.end(ending));
    }

    #[cfg(feature = "web")]
    pub(crate) fn last(&self) -> LastPicture {
        lock(&self.state).last.clone()
    }

    /// Waits for the picture after that of `number`. Returns the last one, whichever it is then.
    #[cfg(feature = "web")]
    pub(crate) fn wait_for_next(&self, number: u64, patience: Patience<'_>) -> LastPicture {
        loop {
            let step = patience.step();
            let state = lock(&self.state);
            match step.filter(|_| state.last.number == number && !state.last.has_ended) {
                Some(step) => drop(wait_timeout(&self.changed, state, step)),
                None => return state.last.clone(),
            }
        }
    }
}

impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outputs").field(&lock(&self.state).outputs.len()).finish()
    }
}
