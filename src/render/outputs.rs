//! The further encodings of a loop.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::canvas_pool::Picture;
use crate::hub::End;
use crate::sync::lock;

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
pub(crate) struct Outputs(Mutex<State>);

#[derive(Default)]
struct State {
    outputs: Vec<Arc<dyn Output>>,
    latest: Option<Picture>,
}

impl Outputs {
    pub(crate) fn add(&self, output: Arc<dyn Output>) {
        lock(&self.0).outputs.push(output);
    }

    /// Shows a picture in all encodings. Returns the one before, which this has kept.
    pub(crate) fn show(&self, picture: Option<Picture>) -> Option<Picture> {
        let mut state = lock(&self.0);
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
        let state = lock(&self.0);
        if let Some(latest) = &state.latest {
            state.outputs.iter().for_each(|output| output.offer(Arc::clone(latest)));
        }
    }

    pub(crate) fn set_settled(&self, is_settled: bool) {
        let state = lock(&self.0);
        state.outputs.iter().for_each(|output| output.set_settled(is_settled));
    }

    pub(crate) fn end(&self, ending: End) {
        let state = lock(&self.0);
        state.outputs.iter().for_each(|output| output.end(ending));
    }
}

impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outputs").field(&lock(&self.0).outputs.len()).finish()
    }
}
