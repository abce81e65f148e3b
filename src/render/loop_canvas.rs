//! The canvas of a shared render loop, and what its renderer says about the picture.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::cancel::Cancellation;
use super::loop_property::LoopProperties;
use super::shared::Shared;
use crate::media::Canvas;
use crate::protocol::amf::Value;

/// The canvas of a [`RenderLoop`](crate::RenderLoop), and what its renderer says about the picture.
/// It has all methods of [`Canvas`].
///
/// ```
/// use rendercast::media::Canvas;
/// use rendercast::{HandlerResult, LoopCanvas, LoopRenderEventHandler};
///
/// /// Adds one sample after the other.
/// struct PathTracer {
///     samples: u32,
/// }
///
/// impl PathTracer {
///     fn add_sample(&mut self) {}
///     fn draw(&self, canvas: &mut Canvas<'_>) {}
/// }
///
/// impl LoopRenderEventHandler for PathTracer {
///     fn render(&mut self, canvas: &mut LoopCanvas) -> HandlerResult {
///         if canvas.starts_over() {
///             self.samples = 0;
///         }
///         self.add_sample();
///         self.samples += 1;
///         self.draw(canvas);
///         if self.samples == 500 {
///             canvas.finish();
///         }
///         Ok(true)
///     }
/// }
/// ```
#[derive(Debug)]
pub struct LoopCanvas {
    canvas: Canvas<'static>,
    /// What new canvases are copies of.
    blank: Canvas<'static>,
    shared: Arc<Shared>,
    properties: LoopProperties,
    says: Says,
    starts_over: bool,
}

/// What the renderer has said since its call began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Says {
    /// The picture is as it was.
    pub(super) keeps_last: bool,
    /// There is no more to render.
    pub(super) is_finished: bool,
}

impl LoopCanvas {
    pub(super) fn new(blank: Canvas<'static>, shared: Arc<Shared>) -> Self {
        let (canvas, properties) = (blank.clone(), LoopProperties::default());
        Self { canvas, blank, shared, properties, says: Says::default(), starts_over: true }
    }

    /// Returns whether the render must return soon, because a command
    /// [cancels](crate::LoopCommands::cancel) it. Costs as much as reading an integer. Any part of
    /// the renderer may ask as often as it likes.
    ///
    /// A renderer that returns then draws what it has, if it [keeps](crate::CancelLevel::Keep) it.
    /// If it must [start over](crate::CancelLevel::StartOver), its picture is not shown.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancellation.is_cancelled()
    }

    /// Returns what tells the renderer's own threads whether the render is cancelled.
    #[must_use]
    pub fn cancellation(&self) -> Cancellation {
        self.shared.cancellation.clone()
    }

    /// Returns whether a progressive renderer must drop what it has: at the first call, after a
    /// command with [`CancelLevel::StartOver`](crate::CancelLevel::StartOver), and after a change
    /// of the size.
    #[must_use]
    pub const fn starts_over(&self) -> bool {
        self.starts_over
    }

    /// Returns the value of a [property](crate::RenderLoopConfig::property) of the loop, which does
    /// not change during a render. Returns `None` if the loop has none of that name.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<&Value> {
        self.properties.value(key)
    }

    /// Shows what is drawn, before the render is over. It is encoded and sent as a finished picture
    /// is. This then holds an older picture, all of which must be drawn.
    pub fn show(&mut self) {
        if !self.shared.cancellation.has_dropped_picture() {
            self.shared.show_from(&mut self.canvas, &self.blank);
        }
    }

    /// Says that the picture is the same as the last that was shown, whatever this canvas holds.
    /// That picture is sent again, which costs little.
    pub const fn keep_last(&mut self) {
        self.says.keeps_last = true;
    }

    /// Says that more renders would not change the picture. The renderer is called again after a
    /// command, after [`RenderLoop::request_render`](crate::RenderLoop::request_render), after a
    /// property was set, or when the loop is watched after it was not.
    pub const fn finish(&mut self) {
        self.says.is_finished = true;
    }

    /// Prepares the next call. `blank` is the canvas of a new size.
    pub(super) fn begin(
        &mut self,
        starts_over: bool,
        blank: Option<Canvas<'static>>,
        properties: LoopProperties,
    ) {
        self.properties = properties;
        self.says = Says::default();
        self.starts_over |= starts_over;
        if let Some(blank) = blank {
            self.canvas = blank.clone();
            self.blank = blank;
            self.starts_over = true;
        }
    }

    /// Shows the picture of a call that has returned. Returns what the renderer said.
    pub(super) fn end(&mut self) -> Says {
        self.starts_over = false;
        if self.says.keeps_last {
            self.shared.keep_last();
        } else {
            self.show();
        }
        self.says
    }
}

impl Deref for LoopCanvas {
    type Target = Canvas<'static>;

    fn deref(&self) -> &Canvas<'static> {
        &self.canvas
    }
}

impl DerefMut for LoopCanvas {
    fn deref_mut(&mut self) -> &mut Canvas<'static> {
        &mut self.canvas
    }
}
