//! Takes pictures of a stream that draws for itself.

use std::sync::{Arc, Mutex};

use crate::hub::Patience;
use crate::media::Canvas;
use crate::sync::{Condition, lock, wait_timeout};

/// Takes the first picture of a stream that is encoded after it was drawn, and further ones.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    state: Mutex<State>,
    /// Notified when there is a picture.
    changed: Condition,
}

#[derive(Debug, Default)]
enum State {
    /// The renderer has not drawn.
    #[default]
    Blank,
    Drawn,
    Taken(Arc<Canvas<'static>>),
}

impl Capture {
    /// Says that what is encoded from now on was drawn.
    pub(crate) fn note_drawn(&self) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Blank) {
            *state = State::Drawn;
        }
    }

    /// Forgets the picture that was taken, and waits for another.
    pub(crate) fn begin_again(&self) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Taken(_)) {
            *state = State::Drawn;
        }
    }

    /// Copies a canvas that is about to be encoded, if it is the wanted one.
    pub(super) fn offer(&self, canvas: &Canvas<'_>) {
        if !matches!(*lock(&self.state), State::Drawn) {
            return;
        }
        let copy = Arc::new(canvas.clone().into_owned());
        *lock(&self.state) = State::Taken(copy);
        self.changed.notify_all();
    }

    /// Waits for the picture. Returns `None` if it does not come.
    pub(crate) fn wait(&self, patience: Patience<'_>) -> Option<Arc<Canvas<'static>>> {
        loop {
            let step = patience.step();
            let state = lock(&self.state);
            if let State::Taken(canvas) = &*state {
                return Some(Arc::clone(canvas));
            }
            drop(wait_timeout(&self.changed, state, step?));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Capture;
    use crate::hub::Patience;
    use crate::media::{Canvas, PixelType};

    #[test]
    fn the_first_canvas_after_the_first_drawing_is_taken() {
        let capture = Capture::default();
        let long = Instant::now() + Duration::from_secs(60);
        let none = Patience { until: Instant::now(), is_over: &|| false };
        let enough = Patience { until: long, ..none };
        let offer = |mark| {
            capture.offer(&Canvas::from_vec(1, 1, PixelType::Grey8, vec![mark]).unwrap());
        };
        offer(1);
        assert!(capture.wait(none).is_none());
        capture.note_drawn();
        offer(2);
        offer(3);
        capture.note_drawn();
        offer(4);
        assert_eq!(capture.wait(enough).unwrap().bytes(), [2]);
        capture.begin_again();
        assert!(capture.wait(none).is_none());
        offer(5);
        assert_eq!(capture.wait(enough).unwrap().bytes(), [5]);
    }
}
