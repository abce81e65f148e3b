//! The thread of a source that itself sees to it that what it has handed over leaves in time.

use std::thread::{self, ThreadId};
use std::time::Instant;

use super::live_stream::LiveStream;

/// A source's thread that may wait until frames are due, and sends them then.
///
/// Such a thread saves the wake-ups of the stream's own. It can also read what has come from a
/// publisher just before it sends. A stream has one at most: the first that asks for
/// [`due`](Self::due), until its drop. What is left to it then is left to the stream's own thread.
pub(crate) struct SourceThread {
    live_stream: LiveStream,
    id: ThreadId,
}

impl SourceThread {
    /// Of this thread. Only it must use what is returned.
    pub(crate) fn new(live_stream: LiveStream) -> Self {
        Self { live_stream, id: thread::current().id() }
    }

    /// Returns whether it is a source of that stream.
    pub(crate) fn is_of(&self, live_stream: &LiveStream) -> bool {
        self.live_stream.is_same(live_stream)
    }

    /// Returns when [`send_due`](Self::send_due) must be called. Returns `None` if nothing that
    /// this thread has handed over waits, or if the stream has another source thread.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.live_stream.due_at(self.id)
    }

    /// Returns whether all frames wait for a latency. Otherwise only sound waits, for a picture.
    pub(crate) fn has_latency(&self) -> bool {
        self.live_stream.has_latency()
    }

    /// Sends what waits. If the subscribers are many, lets the stream's own thread do so.
    pub(crate) fn send_due(&self) {
        self.live_stream.send_due();
    }
}

impl Drop for SourceThread {
    fn drop(&mut self) {
        self.live_stream.forget_source(self.id);
    }
}
