//! The canvases that go round between the renderer and the encoder.

use crate::media::Canvas;

/// The canvases that go round between the renderer and the encoder. One is drawn on, one is the
/// newest picture, one is encoded. So neither side waits for the other, and nothing is copied.
#[derive(Debug, Default)]
pub(crate) struct TripleBuffer {
    newest: Option<Canvas<'static>>,
    spare: Option<Canvas<'static>>,
}

impl TripleBuffer {
    /// Returns whether there is a picture that was not taken.
    pub(crate) const fn has_new(&self) -> bool {
        self.newest.is_some()
    }

    /// Takes a finished picture. Returns a canvas to draw on, or `None` if a new one is needed.
    pub(crate) fn show(&mut self, picture: Canvas<'static>) -> Option<Canvas<'static>> {
        self.newest.replace(picture).or_else(|| self.spare.take())
    }

    /// Returns the newest picture in exchange for the last one, or the last one if there is no
    /// newer.
    pub(crate) fn take_newest(&mut self, last: Option<Canvas<'static>>) -> Option<Canvas<'static>> {
        match self.newest.take() {
            None => last,
            newest => {
                self.spare = last;
                newest
            }
        }
    }

    /// Makes the canvas of the newest picture free to draw on.
    pub(crate) fn forget_newest(&mut self) {
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

    fn mark(canvas: Option<&Canvas<'_>>) -> Option<u8> {
        canvas.map(|canvas| canvas.bytes()[0])
    }

    #[test]
    fn three_canvases_go_round_and_the_newest_is_taken() {
        let mut pictures = TripleBuffer::default();
        assert_eq!(mark(pictures.show(picture(1)).as_ref()), None);
        let last = pictures.take_newest(None);
        assert_eq!(mark(last.as_ref()), Some(1));
        assert_eq!(mark(pictures.show(picture(2)).as_ref()), None);
        // The second was not taken before the third was there.
        assert_eq!(mark(pictures.show(picture(3)).as_ref()), Some(2));
        let last = pictures.take_newest(last);
        assert_eq!(mark(last.as_ref()), Some(3));
        assert!(!pictures.has_new());
        let last = pictures.take_newest(last);
        assert_eq!(mark(last.as_ref()), Some(3), "there is nothing newer");
        assert_eq!(mark(pictures.show(picture(4)).as_ref()), Some(1));
        pictures.forget_newest();
        let last = pictures.take_newest(last);
        assert_eq!(mark(last.as_ref()), Some(3));
        assert_eq!(mark(pictures.show(picture(5)).as_ref()), Some(4));
    }
}
