//! All that a connection sends goes through here.
//!
//! While the socket takes what it is given, whoever has something to send writes it here and now,
//! without waiting and without a hop to another thread: such a hop costs three times the send itself
//! (measured). Once the socket does not take a whole batch, the connection is congested: the rest
//! and all that follows are queued (replies here, media on the bounded channel of each stream), and
//! the sender thread, born then, writes them with blocking sends until nothing is left.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use bytes::Bytes;

use super::batch::Batch;
use super::outqueue::Outqueue;
use crate::protocol::MessageStreamId;
use crate::sync::{lock, wait, wait_timeout};
use crate::transport::Transport;

/// The connection is closed for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// The socket has all of it, or the stream's queue has.
    Taken,
    /// The stream's queue is full.
    Refused(Batch),
}

/// The sending half of a connection.
#[derive(Debug)]
pub(crate) struct ConnectionSender {
    connection_id: u64,
    transport: Arc<dyn Transport>,
    stack_bytes: usize,
    reply_bytes: usize,
    state: Mutex<State>,
    /// Notified when the connection becomes congested, gets room, gets clear, or closes.
    changed: Condvar,
    bytes_sent: AtomicU64,
    messages_sent: AtomicU64,
    messages_dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// The sender thread alone writes; everybody else queues.
    is_congested: bool,
    /// What is being sent, message by message.
    current: Batch,
    /// The stream that `current` is of; none: replies.
    current_stream: Option<MessageStreamId>,
    replies: VecDeque<Batch>,
    queued_reply_bytes: usize,
    queues: Vec<Arc<Outqueue>>,
    /// Which queue's turn it is.
    turn: usize,
    sender: Option<JoinHandle<()>>,
    /// The connection is to be closed: nobody waits for room any more.
    is_ending: bool,
    closed: Option<io::ErrorKind>,
}

impl ConnectionSender {
    pub(crate) fn new(
        connection_id: u64,
        transport: Arc<dyn Transport>,
        stack_bytes: usize,
        reply_bytes: usize,
    ) -> Self {
        Self {
            connection_id,
            transport,
            stack_bytes,
            reply_bytes,
            state: Mutex::default(),
            changed: Condvar::new(),
            bytes_sent: AtomicU64::new(0),
            messages_sent: AtomicU64::new(0),
            messages_dropped: AtomicU64::new(0),
        }
    }

    /// Adds a stream's channel to those that the sender thread drains.
    pub(crate) fn add_queue(&self, queue: Arc<Outqueue>) {
        lock(&self.state).queues.push(queue);
    }

    pub(crate) fn remove_queue(&self, queue: &Arc<Outqueue>) {
        lock(&self.state).queues.retain(|other| !Arc::ptr_eq(other, queue));
    }

    /// Sends a stream's media, or queues it on the stream's channel. Never blocks.
    pub(crate) fn send_media(
        self: &Arc<Self>,
        batch: Batch,
        queue: &Outqueue,
    ) -> Result<Delivery, Gone> {
        let mut state = lock(&self.state);
        if state.closed.is_some() {
            return Err(Gone);
        }
        if state.is_congested {
            return Ok(queue.push(batch).map_or_else(Delivery::Refused, |()| Delivery::Taken));
        }
        self.send_now(&mut state, batch, Some(queue.stream()))?;
        Ok(Delivery::Taken)
    }

    /// As [`send_media`](Self::send_media), but waits for room on the stream's channel.
    pub(crate) fn send_media_waiting(
        self: &Arc<Self>,
        mut batch: Batch,
        queue: &Outqueue,
    ) -> Result<(), Gone> {
        loop {
            match self.send_media(batch, queue)? {
                Delivery::Taken => return Ok(()),
                Delivery::Refused(refused) => batch = refused,
            }
            if !self.wait_while(|_| queue.is_full()) {
                return Err(Gone);
            }
        }
    }

    /// Sends replies ahead of all queued media. Waits while too many replies are queued, so that
    /// further requests of the client stay unread.
    pub(crate) fn send_replies(self: &Arc<Self>, replies: Vec<u8>) -> Result<(), Gone> {
        self.wait_for_reply_room();
        self.queue_replies(replies)
    }

    /// Waits while more replies are queued than `reply_bytes` allows.
    pub(crate) fn wait_for_reply_room(&self) {
        let limit = self.reply_bytes;
        self.wait_while(|state| state.queued_reply_bytes > limit);
    }

    /// Sends replies ahead of all queued media, or queues them. Never blocks.
    pub(crate) fn queue_replies(self: &Arc<Self>, replies: Vec<u8>) -> Result<(), Gone> {
        self.send_message(replies.into())
    }

    /// Sends one message ahead of all queued media, unless too much is queued: false. Never blocks.
    pub(crate) fn try_send_message(self: &Arc<Self>, message: Batch) -> Result<bool, Gone> {
        if lock(&self.state).queued_reply_bytes > self.reply_bytes {
            return Ok(false);
        }
        self.send_message(message).map(|()| true)
    }

    fn send_message(self: &Arc<Self>, message: Batch) -> Result<(), Gone> {
        let mut state = lock(&self.state);
        if state.closed.is_some() {
            return Err(Gone);
        }
        if state.is_congested {
            state.queued_reply_bytes += message.bytes();
            state.replies.push_back(message);
            return Ok(());
        }
        self.send_now(&mut state, message, None)
    }

    fn send_now(
        self: &Arc<Self>,
        state: &mut State,
        mut batch: Batch,
        stream: Option<MessageStreamId>,
    ) -> Result<(), Gone> {
        while !batch.is_empty() {
            match self.write(&mut batch, |parts| self.transport.try_send(parts)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    state.current = batch;
                    state.current_stream = stream;
                    return self.congest(state);
                }
                Err(error) => {
                    self.fail(state, error.kind());
                    return Err(Gone);
                }
            }
        }
        // The sender thread has the rest of it leave.
        if self.transport.has_unsent() { self.congest(state) } else { Ok(()) }
    }

    fn congest(self: &Arc<Self>, state: &mut State) -> Result<(), Gone> {
        state.is_congested = true;
        if state.sender.is_none() {
            let spawned = self.spawn_sender();
            match spawned {
                Ok(thread) => state.sender = Some(thread),
                Err(error) => {
                    log::error!("no sender thread for a congested connection: {error}");
                    self.fail(state, error.kind());
                    return Err(Gone);
                }
            }
        }
        self.changed.notify_all();
        Ok(())
    }

    /// Starts the connection's sender thread (`rtmp-send-N`), which ends with the connection.
    fn spawn_sender(self: &Arc<Self>) -> io::Result<JoinHandle<()>> {
        let this = Arc::clone(self);
        thread::Builder::new()
            .name(format!("rtmp-send-{}", self.connection_id))
            .stack_size(self.stack_bytes)
            .spawn(move || {
                // One message at a time, so that replies need not wait for all that is queued.
                while let Some(message) = this.next_message() {
                    this.send_whole(message);
                }
            })
    }

    fn write(
        &self,
        batch: &mut Batch,
        send: impl FnOnce(&[Bytes]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let sent = match send(batch.parts()) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            outcome => outcome?,
        };
        let messages = batch.messages();
        batch.advance(sent);
        let messages = messages - batch.messages();
        self.bytes_sent.fetch_add(sent as u64, Ordering::Relaxed);
        self.messages_sent.fetch_add(messages as u64, Ordering::Relaxed);
        Ok(())
    }

    /// The sender thread's next message, once there is one; none once the connection is closed.
    ///
    /// What has begun comes first, then replies, then the streams in turn. An empty one has what the
    /// transport still holds leave.
    fn next_message(&self) -> Option<Batch> {
        let mut state = lock(&self.state);
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
                    return Some(Batch::default());
                }
                state.is_congested = false;
                self.changed.notify_all();
            }
            state = wait(&self.changed, state);
        }
    }

    /// Writes one message to its end, waiting until it has left; for the sender thread alone.
    fn send_whole(&self, mut message: Batch) {
        while !message.is_empty() {
            if let Err(error) = self.write(&mut message, |parts| self.transport.send(parts)) {
                self.fail(&mut lock(&self.state), error.kind());
                return;
            }
        }
        if let Err(error) = self.transport.flush() {
            self.fail(&mut lock(&self.state), error.kind());
        }
    }

    /// Drops what a stream has queued, but for the message that has begun.
    pub(crate) fn drop_queued(&self, queue: &Outqueue) {
        let mut state = lock(&self.state);
        queue.clear();
        if state.current_stream == Some(queue.stream()) {
            state.current.drop_unbegun();
        }
        self.changed.notify_all();
    }

    pub(crate) fn is_congested(&self) -> bool {
        lock(&self.state).is_congested
    }

    pub(crate) fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Ordering::Relaxed)
    }

    /// How many messages were sent whole; replies that were coalesced count as one.
    pub(crate) fn messages_sent(&self) -> u64 {
        self.messages_sent.load(Ordering::Relaxed)
    }

    /// Takes note that a full queue cost `messages`.
    pub(crate) fn count_dropped(&self, messages: u64) {
        self.messages_dropped.fetch_add(messages, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.messages_dropped.load(Ordering::Relaxed)
    }

    /// How many entries all streams' queues have together.
    pub(crate) fn queued(&self) -> usize {
        lock(&self.state).queues.iter().map(|queue| queue.depth()).sum()
    }

    /// Why sending ended, where it did.
    pub(crate) fn failure(&self) -> Option<io::ErrorKind> {
        lock(&self.state).closed
    }

    /// Waits until all that is queued has been sent, at most until `deadline`.
    pub(crate) fn drain(&self, deadline: Instant) {
        let mut state = lock(&self.state);
        while state.closed.is_none() && state.is_congested {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = wait_timeout(&self.changed, state, left);
        }
    }

    /// Ends all sending, and joins the sender thread. Whoever waits for room is woken.
    pub(crate) fn close(&self) {
        let sender = {
            let mut state = lock(&self.state);
            self.fail(&mut state, io::ErrorKind::NotConnected);
            state.sender.take()
        };
        if let Some(sender) = sender {
            join(sender);
        }
    }

    /// Has nobody wait for room any more: the connection is to be closed.
    pub(crate) fn end_waits(&self) {
        lock(&self.state).is_ending = true;
        self.changed.notify_all();
    }

    fn fail(&self, state: &mut State, reason: io::ErrorKind) {
        if state.closed.is_none() {
            state.closed = Some(reason);
        }
        // A sender thread that waits in a send is woken by this, and so is the reading thread.
        self.transport.stop_writing();
        self.transport.stop_reading();
        self.changed.notify_all();
    }

    /// Waits while `condition` holds; false: the connection is closed, or to be closed.
    fn wait_while(&self, condition: impl Fn(&State) -> bool) -> bool {
        let mut state = lock(&self.state);
        while state.closed.is_none() && !state.is_ending && condition(&state) {
            state = wait(&self.changed, state);
        }
        state.closed.is_none() && !state.is_ending
    }
}

impl State {
    fn take_message(&mut self) -> Option<Batch> {
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

    fn next_queued(&mut self) -> Option<Batch> {
        for step in 1..=self.queues.len() {
            let turn = (self.turn + step) % self.queues.len();
            if let Some(batch) = self.queues[turn].pop() {
                self.turn = turn;
                self.current_stream = Some(self.queues[turn].stream());
                return Some(batch);
            }
        }
        None
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        log::error!("a sender thread panicked; this is a bug of rendercast's");
    }
}

#[cfg(test)]
mod tests;
