//! The sending half of a connection.
//!
//! While the socket takes what it is given, the thread that has something to send writes it itself,
//! without waiting. A hop to another thread would cost three times the send (measured). When the
//! socket does not take all, the connection is congested. The rest is queued, and so is all that
//! follows: replies here, media on the bounded channel of each stream. The sender thread, which
//! starts then, writes what is queued with blocking sends until nothing is left.

mod sender_thread;
mod state;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;

use self::state::State;
use super::outqueue::{Full, Outqueue};
use super::unsent_limit::UnsentLimit;
use super::write_queue::WriteQueue;
use crate::media::mux::Messages;
use crate::peer_log::peer_log;
use crate::server::budget::{Account, Share};
use crate::sync::{Condition, lock, wait, wait_timeout};
use crate::threads::{Task, ThreadPool};
use crate::transport::{RoundTrip, Transport};

/// The connection is closed for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// The outcome of a send that does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The socket or the queue of the stream has all of it.
    Taken,
    /// The queue of the stream is full.
    Refused,
}

/// The sending half of a connection.
///
/// What each send touches comes first, in one cache line, up to the first fields of `state`.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct ConnectionSender {
    transport: Arc<dyn Transport>,
    bytes_sent: AtomicU64,
    messages_sent: AtomicU64,
    state: Mutex<State>,
    /// Notified when the connection becomes congested, gets room, gets clear, or closes.
    changed: Condition,
    connection_id: u64,
    /// Gives the sender thread.
    pool: Arc<ThreadPool>,
    reply_bytes: usize,
    /// What is queued counts for it: replies here, media in the queues of the streams.
    account: Arc<Account>,
    /// What the transport holds unsent, if it is a tunnel.
    in_transport: Share,
    messages_dropped: AtomicU64,
}

impl ConnectionSender {
    pub(crate) fn new(
        connection_id: u64,
        transport: Arc<dyn Transport>,
        pool: Arc<ThreadPool>,
        reply_bytes: usize,
        account: Arc<Account>,
    ) -> Self {
        Self {
            transport,
            bytes_sent: AtomicU64::new(0),
            messages_sent: AtomicU64::new(0),
            state: Mutex::default(),
            changed: Condition::new(),
            connection_id,
            pool,
            reply_bytes,
            in_transport: Share::new(Arc::clone(&account)),
            account,
            messages_dropped: AtomicU64::new(0),
        }
    }

    /// Adds the channel of a stream to those that the sender thread drains.
    pub(crate) fn add_queue(&self, queue: Arc<Outqueue>) {
        let mut state = lock(&self.state);
        if state.queues.capacity() == 0 {
            state.queues.reserve_exact(1);
        }
        state.queues.push(queue);
    }

    pub(crate) fn remove_queue(&self, queue: &Arc<Outqueue>) {
        lock(&self.state).queues.retain(|other| !Arc::ptr_eq(other, queue));
    }

    /// Reads the memory that the next send needs.
    pub(crate) fn prefetch(&self) {
        self.transport.prefetch();
    }

    /// Caps the bytes that the system holds unsent. It holds more while more leaves at once.
    pub(crate) fn limit_unsent(&self, bytes: u32) {
        let mut state = lock(&self.state);
        state.unsent_limit = UnsentLimit::new(bytes);
        self.transport.limit_unsent(bytes);
    }

    /// Sends media of a stream, or queues it on the channel of the stream. Never blocks.
    pub(crate) fn send_media(
        self: &Arc<Self>,
        messages: &Messages,
        queue: &Outqueue,
    ) -> Result<Delivery, Gone> {
        self.send_counted(messages, queue, Outqueue::push)
    }

    /// As [`send_media`](Self::send_media), for sound, which has room behind a full channel.
    pub(crate) fn send_sound(
        self: &Arc<Self>,
        messages: &Messages,
        queue: &Outqueue,
    ) -> Result<Delivery, Gone> {
        self.send_counted(messages, queue, Outqueue::push_sound)
    }

    /// Closes connections if what is queued is too much for the server.
    fn send_counted(
        self: &Arc<Self>,
        messages: &Messages,
        queue: &Outqueue,
        push: fn(&Outqueue, &Messages) -> Result<(), Full>,
    ) -> Result<Delivery, Gone> {
        let (delivery, is_congested) = self.send_or_queue(messages, queue, push)?;
        if is_congested {
            self.account.relieve_if_over();
        }
        Ok(delivery)
    }

    /// Returns whether the connection is congested, besides the outcome.
    fn send_or_queue(
        self: &Arc<Self>,
        messages: &Messages,
        queue: &Outqueue,
        push: fn(&Outqueue, &Messages) -> Result<(), Full>,
    ) -> Result<(Delivery, bool), Gone> {
        let mut state = lock(&self.state);
        if state.closed.is_some() {
            return Err(Gone);
        }
        if state.is_congested {
            let delivery = match push(queue, messages) {
                Ok(()) => Delivery::Taken,
                Err(Full) => Delivery::Refused,
            };
            return Ok((delivery, true));
        }
        self.send_now(&mut state, messages, Some(queue))?;
        Ok((Delivery::Taken, state.is_congested))
    }

    /// As [`send_media`](Self::send_media), but waits for room on the channel of the stream.
    pub(crate) fn send_media_waiting(
        self: &Arc<Self>,
        messages: &Messages,
        queue: &Outqueue,
    ) -> Result<(), Gone> {
        while self.send_media(messages, queue)? == Delivery::Refused {
            if !self.wait_while(|_| queue.is_full()) {
                return Err(Gone);
            }
        }
        Ok(())
    }

    /// Sends replies ahead of all queued media. Waits while too many replies are queued, so that
    /// further requests of the client stay unread.
    pub(crate) fn send_replies(self: &Arc<Self>, replies: Vec<u8>) -> Result<(), Gone> {
        self.wait_for_reply_room(replies.len());
        self.queue_replies(replies)
    }

    /// Waits while more replies are queued than `reply_bytes` allows. The caller holds `waiting`
    /// bytes meanwhile.
    pub(crate) fn wait_for_reply_room(&self, waiting: usize) {
        let is_full = |state: &State| state.queued_reply_bytes() > self.reply_bytes;
        if !is_full(&lock(&self.state)) {
            return;
        }
        self.account.take(waiting);
        self.account.relieve_if_over();
        self.wait_while(is_full);
        self.account.give_back(waiting);
    }

    /// Sends replies ahead of all queued media, or queues them. Never blocks.
    pub(crate) fn queue_replies(self: &Arc<Self>, replies: Vec<u8>) -> Result<(), Gone> {
        self.send_ahead(&replies.into())
    }

    /// Sends messages ahead of all queued media. Never blocks. Returns `false`, and sends nothing,
    /// if too many bytes of replies are queued.
    pub(crate) fn try_send_ahead(self: &Arc<Self>, messages: &Messages) -> Result<bool, Gone> {
        if lock(&self.state).queued_reply_bytes() > self.reply_bytes {
            return Ok(false);
        }
        self.send_ahead(messages).map(|()| true)
    }

    /// Sends any messages ahead of all queued media, or queues them. Never blocks.
    pub(crate) fn send_ahead(self: &Arc<Self>, messages: &Messages) -> Result<(), Gone> {
        let sent = self.send_or_queue_ahead(messages);
        self.account.relieve_if_over();
        sent
    }

    fn send_or_queue_ahead(self: &Arc<Self>, messages: &Messages) -> Result<(), Gone> {
        let mut state = lock(&self.state);
        if state.closed.is_some() {
            return Err(Gone);
        }
        if state.is_congested {
            self.account.take(messages.bytes());
            let waiting = state.waiting();
            waiting.reply_bytes += messages.bytes();
            waiting.replies.push_back(messages.into());
            return Ok(());
        }
        self.send_now(&mut state, messages, None)
    }

    /// Sends to a connection that is not congested. What the socket does not take is left to the
    /// sender thread.
    fn send_now(
        self: &Arc<Self>,
        state: &mut State,
        messages: &Messages,
        queue: Option<&Outqueue>,
    ) -> Result<(), Gone> {
        if let Some(bytes) = state.unsent_limit.change_for(messages.bytes()) {
            self.transport.limit_unsent(bytes);
        }
        // In the usual case one call sends all, and nothing is copied.
        let sent = match self.transport.try_send(messages.parts()) {
            Ok(sent) => sent,
            Err(error) if is_temporary(&error) => 0,
            Err(error) => {
                self.fail(state, error.kind());
                return Err(Gone);
            }
        };
        if sent == messages.bytes() {
            self.count_sent(sent, messages.len());
            return self.leave_rest_to_sender(state);
        }
        let mut rest = WriteQueue::from(messages);
        rest.advance(sent);
        self.count_sent(sent, messages.len() - rest.messages());
        while !rest.is_empty() {
            match self.write(&mut rest, |parts| self.transport.try_send(parts)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.account.take(rest.bytes());
                    let waiting = state.waiting();
                    waiting.current = rest;
                    waiting.current_stream = queue.map(Outqueue::stream);
                    return self.congest(state);
                }
                Err(error) => {
                    self.fail(state, error.kind());
                    return Err(Gone);
                }
            }
        }
        self.leave_rest_to_sender(state)
    }

    /// Starts the sender thread if the transport holds back bytes.
    fn leave_rest_to_sender(self: &Arc<Self>, state: &mut State) -> Result<(), Gone> {
        if self.transport.has_unsent() { self.congest(state) } else { Ok(()) }
    }

    fn congest(self: &Arc<Self>, state: &mut State) -> Result<(), Gone> {
        state.is_congested = true;
        if state.sender.is_none() || state.sender_has_ended {
            match self.spawn_sender() {
                Ok(thread) => {
                    state.sender_has_ended = false;
                    if let Some(ended) = state.sender.replace(thread) {
                        join(ended);
                    }
                }
                Err(error) => {
                    let who = format_args!("connection {}", self.connection_id);
                    peer_log!(Error, who, "cannot start the thread that sends the rest: {error}");
                    self.fail(state, error.kind());
                    return Err(Gone);
                }
            }
        }
        self.changed.notify_all();
        Ok(())
    }

    fn write(
        &self,
        queue: &mut WriteQueue,
        send: impl FnOnce(&[Bytes]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let sent = match send(queue.parts()) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            outcome => outcome?,
        };
        let messages = queue.messages();
        queue.advance(sent);
        self.count_sent(sent, messages - queue.messages());
        Ok(())
    }

    /// Counts what the transport holds.
    pub(crate) fn note_transport(&self) {
        if let Some(held) = self.transport.held_bytes() {
            self.in_transport.set(held);
        }
    }

    fn count_sent(&self, bytes: usize, messages: usize) {
        self.note_transport();
        self.bytes_sent.fetch_add(bytes as u64, Ordering::Relaxed);
        self.messages_sent.fetch_add(messages as u64, Ordering::Relaxed);
    }

    /// Drops what a stream has queued, except the message that has begun.
    pub(crate) fn drop_queued(&self, queue: &Outqueue) {
        let mut state = lock(&self.state);
        queue.clear();
        if let Some(waiting) = &mut state.waiting
            && waiting.current_stream == Some(queue.stream())
        {
            let before = waiting.current.bytes();
            waiting.current.drop_unbegun();
            self.account.give_back(before - waiting.current.bytes());
        }
        self.changed.notify_all();
    }

    /// Returns how many bytes have not reached the client, media of other streams left out.
    pub(crate) fn waiting_bytes(&self, queue: &Outqueue) -> usize {
        let on_the_way =
            lock(&self.state).waiting.as_ref().map_or(0, |waiting| waiting.current.bytes());
        on_the_way + queue.bytes() + self.transport.outgoing_bytes()
    }

    /// Returns how long the client takes to acknowledge a byte while none waits. Returns `None` if
    /// the system does not say.
    pub(crate) fn round_trip(&self) -> Option<RoundTrip> {
        self.transport.round_trip()
    }

    pub(crate) fn is_congested(&self) -> bool {
        lock(&self.state).is_congested
    }

    pub(crate) fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Ordering::Relaxed)
    }

    /// Returns how many messages were sent whole. Replies that are sent together count as one.
    pub(crate) fn messages_sent(&self) -> u64 {
        self.messages_sent.load(Ordering::Relaxed)
    }

    /// Counts messages that were dropped because a queue was full.
    pub(crate) fn count_dropped(&self, messages: u64) {
        self.messages_dropped.fetch_add(messages, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.messages_dropped.load(Ordering::Relaxed)
    }

    /// Returns the number of entries in the queues of all streams.
    pub(crate) fn queued(&self) -> usize {
        lock(&self.state).queues.iter().map(|queue| queue.depth()).sum()
    }

    /// Ends the connection once the client has all that is queued. Does not block.
    pub(crate) fn complete(&self) {
        lock(&self.state).is_complete = true;
        // The connection's own thread reads, and does the rest.
        self.transport.stop_reading();
    }

    /// Returns whether the client gets nothing more once it has what is queued.
    pub(crate) fn is_complete(&self) -> bool {
        lock(&self.state).is_complete
    }

    /// Returns why the sending ended, or `None` if it has not.
    pub(crate) fn failure(&self) -> Option<io::ErrorKind> {
        lock(&self.state).closed
    }

    /// Waits until all that is queued has been sent, but not longer than until `deadline`.
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

    /// Ends all sending, and wakes the threads that wait for room. Waits until the sender thread
    /// has done its work.
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

    /// Ends all sending at once, and drops what is queued. Does not block.
    pub(crate) fn abandon(&self) {
        let mut state = lock(&self.state);
        self.fail(&mut state, io::ErrorKind::NotConnected);
        self.account.give_back(state.drop_all());
    }

    /// Wakes the threads that wait for room, and lets none wait again. The connection is closing.
    pub(crate) fn end_waits(&self) {
        lock(&self.state).is_ending = true;
        self.changed.notify_all();
    }

    fn fail(&self, state: &mut State, reason: io::ErrorKind) {
        if state.closed.is_none() {
            state.closed = Some(reason);
        }
        // This wakes a sender thread that blocks in a send, and the reading thread.
        self.transport.stop_writing();
        self.transport.stop_reading();
        self.changed.notify_all();
    }

    /// Waits while `condition` holds. Returns `false` if the connection is closed or closing.
    fn wait_while(&self, condition: impl Fn(&State) -> bool) -> bool {
        let mut state = lock(&self.state);
        while state.closed.is_none() && !state.is_ending && condition(&state) {
            state = wait(&self.changed, state);
        }
        state.closed.is_none() && !state.is_ending
    }
}

fn join(thread: Task) {
    if thread.join().is_err() {
        peer_log!(Error, "a connection", "its sender panicked; this is a bug of rendercast");
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests;
