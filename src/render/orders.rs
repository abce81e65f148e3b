//! What the threads of a loop must do next.

use std::time::Instant;

use super::canvas_pool::Picture;
use super::command_stages::{Executed, Waiting};
use super::loop_property::LoopProperties;
use crate::hub::End;
use crate::media::Canvas;

/// What the frame thread must do next.
#[derive(Debug)]
pub(crate) enum FrameOrder {
    /// Make a frame of `picture`.
    Make {
        picture: Option<Picture>,
        /// The picture of the frame before, if this one is another. It must be given up.
        replaced: Option<Picture>,
        /// Whether the renderer has nothing more to draw at present.
        is_settled: bool,
        /// Whether the picture was not sent before.
        is_new: bool,
        /// The numbers of the commands that the picture is the first to show.
        shows: Vec<u64>,
    },
    /// Forget the past and wait, since nothing is watched.
    Rest {
        /// The commands that no frame will show.
        unshown: Vec<Executed>,
    },
    End(End),
}

/// What the render thread must do next.
#[derive(Debug)]
pub(crate) enum RenderOrder {
    Run(Vec<Waiting>),
    Render {
        starts_over: bool,
        /// A canvas of a new size.
        blank: Option<Canvas<'static>>,
        properties: LoopProperties,
    },
    End,
}

/// When the render thread last did what.
#[derive(Debug, Default)]
pub(crate) struct RenderPace {
    /// When the last render began. `None` if the next one must not wait.
    pub(crate) last: Option<Instant>,
    /// Whether the renderer has said that more renders change nothing.
    pub(crate) is_finished: bool,
    /// How often the frame thread had begun to rest then. It has forgotten what came before.
    pub(crate) rests: u64,
    /// Whether commands ran since the last render. A flood of them must not keep it off.
    pub(crate) has_run_commands: bool,
}
