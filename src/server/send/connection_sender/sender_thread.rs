//! The sender thread of a congested connection.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ConnectionSender;
use crate::server::send::write_queue::WriteQueue;
use crate::sync::{lock, wait_timeout};
use crate::threads::Task;

/// How long the sender thread stays when it has nothing to do. A viewer that joins is congested for
/// a moment, and its thread must not take memory for the rest of the time.
const SENDER_RESTS: Duration = Duration::from_millis(200);

impl ConnectionSender {
    /// Starts the sender thread of the connection (`rtmp-send-N`).
    pub(super) fn spawn_sender(self: &Arc<Self>) -> io::Result<Task> {
        let this = Arc::clone(self);
        let run = move || {
            // One message at a time, so that replies do not wait for all that is queued.
            while let Some(message) = this.next_message() {
                this.send_whole(message);
            }
        };
        self.pool.spawn_task(format_args!("rtmp-send-{}", self.connection_id), run)
    }

    /// Waits for the next message of the sender thread. Returns `None` once the connection is
    /// closed, or has not been congested for a while.
    ///
    /// A message that has begun comes first, then replies, then the streams in turn. An empty
    /// message asks for a flush of what the transport holds back.
    fn next_message(&self) -> Option<WriteQueue> {
        let mut state = lock(&self.state);
        let mut rests_until = None;
        loop {
            if state.closed.is_some() {
                return None;
            }
            if state.is_congested {
                if let Some(message) = state.take_message() {
                    self.changed.notify_all();
                    return Some(message);
                }
                if self.transport.has_unsent() {
                    return Some(WriteQueue::default());
                }
                state.is_congested = false;
                // Nothing is left in it.
                state.waiting = None;
                self.changed.notify_all();
            }
            let now = Instant::now();
            let left = *rests_until.get_or_insert(now + SENDER_RESTS) - now;
            if left.is_zero() {
                state.sender_has_ended = true;
                return None;
            }
            state = wait_timeout(&self.changed, state, left);
        }
    }

    /// Writes one message to its end, and flushes. Blocks. Only the sender thread may call it.
    fn send_whole(&self, mut message: WriteQueue) {
        while !message.is_empty() {
            let before = message.bytes();
            if let Err(error) = self.write(&mut message, |parts| self.transport.send(parts)) {
                self.fail(&mut lock(&self.state), error.kind());
                return self.account.give_back(before);
            }
            self.account.give_back(before - message.bytes());
        }
        if let Err(error) = self.transport.flush() {
            self.fail(&mut lock(&self.state), error.kind());
        }
    }
}
