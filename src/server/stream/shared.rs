//! What the threads of one stream share.

use std::sync::Mutex;

use super::control::LoopControl;
use crate::handler::{FrameOut, Stream};
use crate::server::send::stream_sender::StreamSender;

/// What the threads of one stream share: the connection's thread and those of the two loops.
#[derive(Debug)]
pub(crate) struct StreamShared {
    pub(crate) stream: Stream,
    pub(crate) sender: StreamSender,
    pub(crate) control: LoopControl,
    /// Held while the frame handler runs and while its output is sent. A seek holds it too, so that
    /// nothing from before the seek is sent after it.
    pub(crate) gate: Mutex<()>,
}

impl StreamShared {
    pub(crate) fn frame_out(&self) -> FrameOut {
        self.stream.frame_out(self.control.clock(), self.sender.room_bytes())
    }

    /// Returns how log lines name this stream: the client's address, the stream's number and name.
    pub(crate) fn log_name(&self) -> String {
        format!(
            "{} stream {} {:?}",
            self.stream.connection().peer_address(),
            self.stream.id(),
            self.stream.stream_name()
        )
    }
}
