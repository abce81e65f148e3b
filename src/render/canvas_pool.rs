//! Canvases that hold nothing of use any more.

use std::sync::{Arc, Mutex};

use crate::media::Canvas;
use crate::sync::lock;

/// A picture that several encoders read.
pub(crate) type Picture = Arc<Canvas<'static>>;

/// Canvases that hold nothing of use any more, and are free to draw on. A clone is the same pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct CanvasPool(Arc<Mutex<Vec<Canvas<'static>>>>);

impl CanvasPool {
    /// Gives up a picture. The last that does so frees its canvas.
    pub(crate) fn give_up(&self, picture: Option<Picture>) {
        if let Some(canvas) = picture.and_then(Arc::into_inner) {
            lock(&self.0).push(canvas);
        }
    }

    /// Takes a canvas like `wanted`. Drops those of another size.
    pub(crate) fn take(&self, wanted: &Canvas<'_>) -> Option<Canvas<'static>> {
        let mut free = lock(&self.0);
        free.retain(|canvas| canvas.is_alike(wanted));
        free.pop()
    }
}
