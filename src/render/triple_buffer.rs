//! The canvases that go round between renderer and encoder.

use crate::media::Canvas;

/// The canvases that go round between renderer and encoder: one is drawn on, one is the newest
/// picture, one is encoded. So neither waits for the other, and nothing is copied.
#[derive(Debug, Default)]
pub(crate) struct TripleBuffer {
    newest: Option<Canvas<'static>>,
    spare: Option<Canvas<'static>>,
}

impl TripleBuffer {
    /// Whether there is a picture that has not been taken.
    pub(crate) const fn has_news(&self) -> bool {
        self.newest.is_some()
    }

    /// Takes a picture that is finished, and returns a canvas to draw on; none: a new one is
    /// needed.
    pub(crate) fn show(&mut self, picture: Canvas<'static>) -> Option<Canvas<'static>> {
        self.newest.replace(picture).or_else(|| self.spare.take())
    }

    /// The newest picture, where it has not been taken, in exchange for the one before it.
    pub(crate) fn take(&mut self, former: &mut Option<Canvas<'static>>) {
        if let Some(newest) = self.newest.take() {
            self.spare = former.replace(newest);
        }
    }

    /// Forgets the newest picture: it is of the past.
    pub(crate) fn forget(&mut self) {
        if let Some(canvas) = self.newest.take() {
            self.spare = Some(canvas);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TripleBuffer;
    use crate::media::{Canvas, PixelType};

    fn picture(mark: u8) -> Canvas<'static> {
        Canvas::from_vec(1, 1, PixelType::Grey8, vec![mark]).unwrap()
    }

    fn mark(canvas: &Option<Canvas<'_>>) -> Option<u8> {
        canvas.as_ref().map(|canvas| canvas.bytes()[0])
    }

    #[test]
    fn three_canvases_go_round_and_the_newest_is_taken() {
        let mut canvases = TripleBuffer::default();
        let mut front = None;
        assert_eq!(mark(&canvases.show(picture(1))), None);
        canvases.take(&mut front);
        assert_eq!(mark(&front), Some(1));
        assert_eq!(mark(&canvases.show(picture(2))), None);
        // Nobody took the second before the third was there.
        assert_eq!(mark(&canvases.show(picture(3))), Some(2));
        canvases.take(&mut front);
        assert_eq!(mark(&front), Some(3));
        assert!(!canvases.has_news());
        canvases.take(&mut front);
        assert_eq!(mark(&front), Some(3), "there is nothing newer");
        assert_eq!(mark(&canvases.show(picture(4))), Some(1));
        canvases.forget();
        canvases.take(&mut front);
        assert_eq!(mark(&front), Some(3));
    }
}
