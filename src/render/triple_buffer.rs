//! The canvases that go round between the renderer and the encoder.

use std::sync::Arc;

use super::canvas_pool::{CanvasPool, Picture};
use crate::media::Canvas;

/// The canvases that go round between the renderer and the encoder. One is drawn on, one is the
/// newest picture, one is encoded. So neither side waits for the other, and nothing is copied.
#[derive(Debug, Default)]
pub(crate) struct TripleBuffer {
    newest: Option<Picture>,
    /// The last picture that was sent before the loop rested.
    retired: Option<Picture>,
    /// Shared by all encodings of a loop.
    free: CanvasPool,
}

/// What was taken to be encoded.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) picture: Option<Picture>,
    /// The picture before, if there was a newer one. It must be given up.
    pub(crate) replaced: Option<Picture>,
}

impl TripleBuffer {
    pub(crate) fn new(free: CanvasPool) -> Self {
        Self { newest: None, retired: None, free }
    }

    /// Returns whether there is a picture that was not taken.
    pub(crate) const fn has_new(&self) -> bool {
        self.newest.is_some()
    }

    /// Returns the picture that was not taken.
    pub(crate) fn newest(&self) -> Option<Picture> {
        self.newest.clone()
    }

    /// Takes a finished picture. Returns a canvas to draw on, or `None` if a new one is needed.
    pub(crate) fn show(&mut self, picture: Canvas<'static>) -> Option<Canvas<'static>> {
        self.give_up_old();
        let next = self.free.take(&picture);
        self.newest = Some(Arc::new(picture));
        next
    }

    /// Takes a picture that other encodings have too.
    pub(crate) fn show_shared(&mut self, picture: Picture) {
        self.give_up_old();
        self.newest = Some(picture);
    }

    /// Takes the picture on `canvas`, and puts a canvas to draw on in its place: an old one, or a
    /// copy of `blank`.
    pub(crate) fn exchange(&mut self, canvas: &mut Canvas<'static>, blank: &Canvas<'static>) {
        self.give_up_old();
        let next = self.free.take(blank).unwrap_or_else(|| blank.clone());
        self.newest = Some(Arc::new(std::mem::replace(canvas, next)));
    }

    /// Returns the newest picture and the last one, or only the last one if there is no newer.
    pub(crate) fn take_newest(&mut self, last: Option<Picture>) -> Taken {
        match self.newest.take() {
            None => Taken { picture: last, replaced: None },
            picture => Taken { picture, replaced: last },
        }
    }

    /// Keeps the last picture, or the newest if there is one, in case that the renderer has nothing
    /// newer.
    pub(crate) fn retire(&mut self, last: Option<Picture>) {
        let Taken { picture, replaced } = self.take_newest(last);
        self.free.give_up(replaced);
        if let Some(picture) = picture {
            self.free.give_up(self.retired.replace(picture));
        }
    }

    /// Makes the picture that was kept the newest again.
    pub(crate) fn restore(&mut self) {
        if let Some(retired) = self.retired.take() {
            self.newest.get_or_insert(retired);
        }
    }

    fn give_up_old(&mut self) {
        self.free.give_up(self.newest.take());
        self.free.give_up(self.retired.take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{CanvasPool, Picture, Taken, TripleBuffer};
    use crate::media::{Canvas, PixelType};

    fn picture(mark: u8) -> Canvas<'static> {
        Canvas::from_vec(1, 1, PixelType::Grey8, vec![mark]).unwrap()
    }

    fn mark(canvas: Option<&Canvas<'_>>) -> Option<u8> {
        canvas.map(|canvas| canvas.bytes()[0])
    }

    fn take(pictures: &mut TripleBuffer, last: Option<Picture>) -> Option<Picture> {
        let Taken { picture, replaced } = pictures.take_newest(last);
        pictures.free.give_up(replaced);
        picture
    }

    #[test]
    fn three_canvases_go_round_and_the_newest_is_taken() {
        let mut pictures = TripleBuffer::default();
        assert_eq!(mark(pictures.show(picture(1)).as_ref()), None);
        let last = take(&mut pictures, None);
        assert_eq!(mark(last.as_deref()), Some(1));
        assert_eq!(mark(pictures.show(picture(2)).as_ref()), None);
        // The second was not taken before the third was there.
        assert_eq!(mark(pictures.show(picture(3)).as_ref()), Some(2));
        let last = take(&mut pictures, last);
        assert_eq!(mark(last.as_deref()), Some(3));
        assert!(!pictures.has_new());
        let last = take(&mut pictures, last);
        assert_eq!(mark(last.as_deref()), Some(3), "there is nothing newer");
        assert_eq!(mark(pictures.show(picture(4)).as_ref()), Some(1));
    }

    #[test]
    fn what_was_shown_before_a_rest_is_shown_again_only_if_the_renderer_says_so() {
        let mut pictures = TripleBuffer::default();
        pictures.show(picture(1));
        let last = take(&mut pictures, None);
        pictures.show(picture(2));
        pictures.retire(last);
        assert!(!pictures.has_new());
        pictures.restore();
        let last = take(&mut pictures, None);
        assert_eq!(mark(last.as_deref()), Some(2), "the newest, though it was never sent");
        pictures.retire(last);
        assert_eq!(mark(pictures.show(picture(3)).as_ref()), Some(2), "it is free to draw on");
        pictures.restore();
        assert_eq!(mark(take(&mut pictures, None).as_deref()), Some(3));
    }

    #[test]
    fn canvases_of_another_size_go_round_no_more() {
        let mut pictures = TripleBuffer::default();
        pictures.show(picture(1));
        let wide = Canvas::from_vec(2, 1, PixelType::Grey8, vec![2, 2]).unwrap();
        assert_eq!(pictures.show(wide), None);
        let last = take(&mut pictures, Some(Arc::new(picture(1))));
        let wide = Canvas::from_vec(2, 1, PixelType::Grey8, vec![3, 3]).unwrap();
        assert_eq!(pictures.show(wide), None);
        assert_eq!(mark(last.as_deref()), Some(2));
    }

    #[test]
    fn a_canvas_is_free_once_no_encoding_has_its_picture() {
        let free = CanvasPool::default();
        let mut one = TripleBuffer::new(free.clone());
        let mut other = TripleBuffer::new(free);
        assert_eq!(one.show(picture(1)), None);
        other.show_shared(one.newest().unwrap());
        let last_of_other = take(&mut other, None);
        assert_eq!(one.show(picture(2)), None, "the other encodes the first");
        other.show_shared(one.newest().unwrap());
        let _encoded = take(&mut other, last_of_other);
        assert_eq!(mark(one.show(picture(3)).as_ref()), Some(1));
    }
}
