//! The handlers of one stream.

use super::{
    FrameEventHandler, PauseEventHandler, PlayEventHandler, PublishEventHandler,
    RenderEventHandler, SeekEventHandler, Slot,
};

/// The handlers that are registered on a stream.
#[derive(Debug)]
pub(crate) struct StreamHandlers {
    pub(crate) play: Slot<dyn PlayEventHandler>,
    pub(crate) pause: Slot<dyn PauseEventHandler>,
    pub(crate) seek: Slot<dyn SeekEventHandler>,
    pub(crate) render: Slot<dyn RenderEventHandler>,
    pub(crate) frame: Slot<dyn FrameEventHandler>,
    pub(crate) publish: Slot<dyn PublishEventHandler>,
}

impl StreamHandlers {
    /// Makes slots with no handlers.
    pub(super) fn new() -> Self {
        Self {
            play: Slot::new(),
            pause: Slot::new(),
            seek: Slot::new(),
            render: Slot::new(),
            frame: Slot::new(),
            publish: Slot::new(),
        }
    }
}
