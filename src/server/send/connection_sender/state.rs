//! What a connection has to send.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::super::outqueue::Outqueue;
use super::super::unsent_limit::UnsentLimit;
use super::super::write_queue::WriteQueue;
use crate::protocol::MessageStreamId;
use crate::threads::Task;

/// What a connection has to send, and how it stands.
///
/// What each send reads comes first, next to what it reads of the connection.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct State {
    /// Whether only the sender thread writes, and all other threads queue.
    pub(super) is_congested: bool,
    pub(super) closed: Option<io::ErrorKind>,
    pub(super) unsent_limit: UnsentLimit,
    /// What waits while the connection is congested. `None` if it never was, or no longer is.
    pub(super) waiting: Option<Box<Waiting>>,
    pub(super) queues: Vec<Arc<Outqueue>>,
    pub(super) sender: Option<Task>,
    /// Whether the sender thread has returned, or is about to without locking again.
    pub(super) sender_has_ended: bool,
    /// Whether the connection is about to close, so that no thread may wait for room.
    pub(super) is_ending: bool,
    /// Whether the client gets nothing more once it has what is queued.
    pub(super) is_complete: bool,
}

/// What waits while a connection is congested, without the queues of the streams.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The messages that are being sent, one at a time.
    pub(super) current: WriteQueue,
    /// The stream of `current`, or `None` if it is replies.
    pub(super) current_stream: Option<MessageStreamId>,
    pub(super) replies: VecDeque<WriteQueue>,
    pub(super) reply_bytes: usize,
    /// The index of the queue that was served last.
    turn: usize,
}

impl State {
    pub(super) fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_default()
    }

    pub(super) fn queued_reply_bytes(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.reply_bytes)
    }

    /// Takes the next message to send, as `next_message` orders them.
    pub(super) fn take_message(&mut self) -> Option<WriteQueue> {
        self.waiting.get_or_insert_default().take_message(&self.queues)
    }

    /// Drops all that is queued. Returns how many bytes that was here, without those of the queues.
    pub(super) fn drop_all(&mut self) -> usize {
        self.queues.iter().for_each(|queue| queue.clear());
        let Some(waiting) = self.waiting.take() else { return 0 };
        waiting.reply_bytes + waiting.current.bytes()
    }
}

impl Waiting {
    fn take_message(&mut self, queues: &[Arc<Outqueue>]) -> Option<WriteQueue> {
        if self.current.is_begun() {
            return Some(self.current.split_message());
        }
        if let Some(replies) = self.replies.pop_front() {
            self.reply_bytes -= replies.bytes();
            return Some(replies);
        }
        if self.current.is_empty() {
            self.current = self.next_queued(queues)?;
        }
        Some(self.current.split_message())
    }

    fn next_queued(&mut self, queues: &[Arc<Outqueue>]) -> Option<WriteQueue> {
        for step in 1..=queues.len() {
            let turn = (self.turn + step) % queues.len();
            if let Some(entry) = queues[turn].pop() {
                self.turn = turn;
                self.current_stream = Some(queues[turn].stream());
                return Some(entry);
            }
        }
        None
    }
}
