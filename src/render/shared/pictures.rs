//! The pictures of a render loop: from the renderer to its encodings.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Shared;
use crate::hub::End;
use crate::media::Canvas;
use crate::render::canvas_pool::Picture;
use crate::render::outputs::Output;
use crate::render::triple_buffer::TripleBuffer;
use crate::sync::lock;

impl Shared {
    /// Says whether the renderer has nothing more to draw at present.
    pub(crate) fn settle(&self, is_settled: bool) {
        lock(&self.control).is_settled = is_settled;
        self.outputs.set_settled(is_settled);
    }

    /// Gives up the picture of an older frame.
    pub(crate) fn give_up(&self, picture: Option<Picture>) {
        self.free.give_up(picture);
    }

    /// Takes a finished picture. Returns a canvas to draw on, or `None` if a new one is needed.
    pub(crate) fn show(&self, picture: Canvas<'static>) -> Option<Canvas<'static>> {
        let mut free = None;
        self.show_by(|pictures| free = pictures.show(picture));
        free
    }

    /// Takes the finished picture on `canvas`, and puts another canvas in its place: an old one, or
    /// a copy of `blank`.
    pub(crate) fn show_from(&self, canvas: &mut Canvas<'static>, blank: &Canvas<'static>) {
        self.show_by(|pictures| pictures.exchange(canvas, blank));
    }

    fn show_by(&self, show: impl FnOnce(&mut TripleBuffer)) {
        self.figures.renders.fetch_add(1, Ordering::Relaxed);
        let picture = self.change(|control| {
            control.commands.note_picture();
            let pictures = control.pictures.as_mut()?;
            show(pictures);
            pictures.newest()
        });
        self.free.give_up(self.outputs.show(picture));
    }

    /// Says that the last picture is still right.
    pub(crate) fn keep_last(&self) {
        self.change(|control| {
            control.commands.note_picture();
            control.pictures.iter_mut().for_each(TripleBuffer::restore);
        });
        self.outputs.show_again();
    }
}

impl Output for Shared {
    fn offer(&self, picture: Picture) {
        self.change(|control| {
            if self.is_wanted(control, Instant::now())
                && let Some(pictures) = &mut control.pictures
            {
                pictures.show_shared(picture);
            }
        });
    }

    fn set_settled(&self, is_settled: bool) {
        lock(&self.control).is_settled = is_settled;
    }

    fn end(&self, ending: End) {
        Self::end(self, ending);
    }
}
