//! What a connection has to send.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::super::outqueue::Outqueue;
use super::super::unsent_limit::UnsentLimit;
use super::super::write_queue::WriteQueue;
use crate::protocol::MessageStreamId;

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
    /// The messages that are being sent, one at a time.
    pub(super) current: WriteQueue,
    /// The stream of `current`, or `None` if it is replies.
    pub(super) current_stream: Option<MessageStreamId>,
    pub(super) replies: VecDeque<WriteQueue>,
    pub(super) queued_reply_bytes: usize,
    pub(super) queues: Vec<Arc<Outqueue>>,
    /// The index of the queue that was served last.
    pub(super) turn: usize,
    pub(super) sender: Option<JoinHandle<()>>,
    /// Whether the sender thread has returned, or is about to without locking again.
    pub(super) sender_has_ended: bool,
    /// Whether the connection is about to close, so that no thread may wait for room.
    pub(super) is_ending: bool,
    /// Whether the client gets nothing more once it has what is queued.
    pub(super) is_complete: bool,
}

impl State {
    /// Takes the next message to send, as `next_message` orders them.
    pub(super) fn take_message(&mut self) -> Option<WriteQueue> {
        if self.current.is_begun() {
            return Some(self.current.split_message());
        }
        if let Some(replies) = self.replies.pop_front() {
            self.queued_reply_bytes -= replies.bytes();
            return Some(replies);
        }
        if self.current.is_empty() {
            self.current = self.next_queued()?;
        }
        Some(self.current.split_message())
    }

    /// Drops all that is queued. Returns how many bytes that was here, without those of the queues.
    pub(super) fn drop_all(&mut self) -> usize {
        self.queues.iter().for_each(|queue| queue.clear());
        self.queued_reply_bytes = 0;
        let replies = std::mem::take(&mut self.replies);
        let replies: usize = replies.iter().map(WriteQueue::bytes).sum();
        replies + std::mem::take(&mut self.current).bytes()
    }

    fn next_queued(&mut self) -> Option<WriteQueue> {
        for step in 1..=self.queues.len() {
            let turn = (self.turn + step) % self.queues.len();
            if let Some(entry) = self.queues[turn].pop() {
                self.turn = turn;
                self.current_stream = Some(self.queues[turn].stream());
                return Some(entry);
            }
        }
        None
    }
}
