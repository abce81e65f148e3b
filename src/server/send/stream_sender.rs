//! Where a stream's media goes out: from a handler's tags to messages on their way.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::batch::{Batch, BatchBuilder};
use super::connection_sender::{ConnectionSender, Delivery, Gone};
use super::filter::Filter;
use super::outqueue::Outqueue;
use crate::handler::Statistics;
use crate::media::{Tag, TagKind};
use crate::protocol::ChunkStreamId;
use crate::protocol::chunk::{Message, MessageType};
use crate::sync::lock;

/// Where a stream's media goes out.
#[derive(Debug)]
pub(crate) struct StreamSender {
    outbox: Arc<ConnectionSender>,
    queue: Arc<Outqueue>,
    chunk_size: usize,
    filter: Mutex<Filter>,
    messages: AtomicU64,
    bytes: AtomicU64,
    dropped: AtomicU64,
}

impl StreamSender {
    pub(crate) fn new(
        outbox: Arc<ConnectionSender>,
        queue: Arc<Outqueue>,
        chunk_size: usize,
    ) -> Self {
        outbox.add_queue(Arc::clone(&queue));
        Self {
            outbox,
            queue,
            chunk_size,
            filter: Mutex::default(),
            messages: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    pub(crate) fn room_bytes(&self) -> usize {
        self.queue.room_bytes()
    }

    /// Sends or queues tags in order. Where the queue is full they are dropped, all of them, and the
    /// video goes on at a key frame, with the sequence headers that were among them.
    pub(crate) fn send(&self, mut tags: Vec<Tag>) -> Result<(), Gone> {
        let undecodable = lock(&self.filter).apply(&mut tags);
        self.count_dropped(undecodable);
        if tags.is_empty() {
            return Ok(());
        }
        let headers = tags.iter().filter(|tag| tag.is_sequence_header()).cloned().collect();
        let mut batch = BatchBuilder::new(self.chunk_size, tags.len());
        for tag in tags {
            batch.push(&self.message(tag));
        }
        let batch = batch.finish();
        let (messages, bytes) = (batch.messages() as u64, batch.bytes() as u64);
        match self.outbox.send_media(batch, &self.queue)? {
            Delivery::Taken => {
                self.messages.fetch_add(messages, Ordering::Relaxed);
                self.bytes.fetch_add(bytes, Ordering::Relaxed);
            }
            Delivery::Refused(_) => {
                self.count_dropped(messages);
                lock(&self.filter).lost(headers);
            }
        }
        Ok(())
    }

    fn count_dropped(&self, messages: u64) {
        if messages > 0 {
            self.dropped.fetch_add(messages, Ordering::Relaxed);
            self.outbox.count_dropped(messages);
        }
    }

    /// Sends messages that must not be lost, behind all that is queued; waits for room.
    pub(crate) fn send_notices(&self, notices: &[Message]) -> Result<(), Gone> {
        self.outbox.send_media_waiting(self.batch(notices), &self.queue)
    }

    /// The same without waiting: where there is no room, what is queued is dropped. Whoever cannot
    /// take them even so is not told.
    pub(crate) fn send_notices_at_once(&self, notices: &[Message]) -> Result<(), Gone> {
        match self.outbox.send_media(self.batch(notices), &self.queue)? {
            Delivery::Taken => Ok(()),
            Delivery::Refused(batch) => {
                self.drop_queued();
                self.outbox.send_media(batch, &self.queue).map(drop)
            }
        }
    }

    /// Drops what is queued, as before a seek or another play.
    pub(crate) fn drop_queued(&self) {
        self.outbox.drop_queued(&self.queue);
    }

    pub(crate) fn want_audio(&self, wants: bool) {
        lock(&self.filter).want_audio(wants);
    }

    /// Whether that is news.
    pub(crate) fn want_video(&self, wants: bool) -> bool {
        lock(&self.filter).want_video(wants)
    }

    /// Has video begin with the next key frame.
    pub(crate) fn await_key_frame(&self) {
        lock(&self.filter).lost(Vec::new());
    }

    /// Whether the client waits for a key frame, and has room for one.
    pub(crate) fn misses_key_frame(&self) -> bool {
        lock(&self.filter).misses_key_frame() && !self.is_full()
    }

    /// Another play begins: nothing of it is missing.
    pub(crate) fn restart(&self) {
        lock(&self.filter).restart();
    }

    pub(crate) fn append_statistics(&self, statistics: &mut Statistics) {
        let figure = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        statistics.push("messages_sent", figure(&self.messages));
        statistics.push("bytes_sent", figure(&self.bytes));
        statistics.push("dropped_frames", figure(&self.dropped));
        statistics.push("outqueue_depth", self.queue.depth() as f64);
        statistics.push("outqueue_bytes", self.queue.bytes() as f64);
    }

    pub(crate) fn bytes_sent(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn batch(&self, messages: &[Message]) -> Batch {
        let mut batch = BatchBuilder::new(self.chunk_size, messages.len());
        for message in messages {
            batch.push(message);
        }
        batch.finish()
    }

    fn message(&self, tag: Tag) -> Message {
        let (chunk_stream_id, message_type) = match tag.kind {
            TagKind::Audio => (ChunkStreamId::AUDIO, MessageType::AUDIO),
            TagKind::Video => (ChunkStreamId::VIDEO, MessageType::VIDEO),
            TagKind::Script => (ChunkStreamId::DATA, MessageType::DATA_AMF0),
        };
        Message {
            chunk_stream_id,
            message_stream_id: self.queue.stream(),
            timestamp: tag.timestamp,
            message_type,
            payload: tag.payload,
        }
    }
}

impl Drop for StreamSender {
    fn drop(&mut self) {
        self.outbox.remove_queue(&self.queue);
    }
}
