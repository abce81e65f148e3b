//! What the threads of one stream share.

use std::fmt;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::control::LoopControl;
use super::subscription::Subscription;
use crate::handler::{FrameOut, MediaOut, Stream};
use crate::peer_log::LogSubject;
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
    pub(super) is_recorded: AtomicBool,
    /// Whether the application has ended what the client publishes.
    pub(super) is_unwanted: AtomicBool,
    pub(super) subscription: Subscription,
}

impl StreamShared {
    /// Returns whether what plays is a recording, which waits for a player that does not read.
    pub(crate) fn is_recorded(&self) -> bool {
        self.is_recorded.load(Ordering::Relaxed)
    }

    pub(crate) fn frame_out(&self) -> FrameOut {
        FrameOut::new(self.media_out(), self.sender.room_bytes())
    }

    pub(crate) fn media_out(&self) -> MediaOut {
        self.stream.media_out(self.control.clock())
    }
}

impl LogSubject for StreamShared {
    fn ip(&self) -> Option<IpAddr> {
        self.stream.connection().peer_address().ip()
    }
}

impl fmt::Display for StreamShared {
    /// Writes how log lines name this stream: the client's address, the stream's number and name.
    /// Leaves out the query of the name, in which clients send secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.stream.connection().peer_address();
        let name = self.stream.stream_name();
        let name = name.split('?').next().unwrap_or_default();
        write!(f, "{peer} stream {} {name:?}", self.stream.id())
    }
}
