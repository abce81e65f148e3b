//! The bounded channel of one stream.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::batch::Batch;
use crate::protocol::MessageStreamId;

/// What a stream has to send while its connection is congested. Bounded in entries and in bytes;
/// full, it is the frame handler's `outqueue_is_full`.
#[derive(Debug)]
pub(crate) struct Outqueue {
    stream: MessageStreamId,
    length: usize,
    /// Opened by the first entry: it has all its memory from the start, and most streams never need
    /// it.
    channel: OnceLock<(Sender<Batch>, Receiver<Batch>)>,
    bytes: AtomicUsize,
    limit_bytes: usize,
}

impl Outqueue {
    pub(crate) fn new(stream: MessageStreamId, length: usize, limit_bytes: usize) -> Self {
        Self { stream, length, channel: OnceLock::new(), bytes: AtomicUsize::new(0), limit_bytes }
    }

    pub(crate) const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    pub(crate) fn is_full(&self) -> bool {
        self.depth() >= self.length || self.room_bytes() == 0
    }

    /// How many entries there are.
    pub(crate) fn depth(&self) -> usize {
        self.channel.get().map_or(0, |(_, receiver)| receiver.len())
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many bytes more there may be; an entry may exceed them.
    pub(crate) fn room_bytes(&self) -> usize {
        self.limit_bytes.saturating_sub(self.bytes())
    }

    /// Appends `batch`, or gives it back where the queue is full.
    pub(crate) fn push(&self, batch: Batch) -> Result<(), Batch> {
        if self.room_bytes() == 0 {
            return Err(batch);
        }
        let bytes = batch.bytes();
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let (sender, _) = self.channel.get_or_init(|| bounded(self.length));
        sender.try_send(batch).map_err(|refused| {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            match refused {
                TrySendError::Full(batch) | TrySendError::Disconnected(batch) => batch,
            }
        })
    }

    pub(crate) fn pop(&self) -> Option<Batch> {
        let (_, receiver) = self.channel.get()?;
        let batch = receiver.try_recv().ok()?;
        self.bytes.fetch_sub(batch.bytes(), Ordering::Relaxed);
        Some(batch)
    }

    pub(crate) fn clear(&self) {
        while self.pop().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, MessageStreamId, Outqueue};

    #[test]
    fn it_is_full_by_entries() {
        let queue = Outqueue::new(MessageStreamId(1), 2, 1000);
        assert!(queue.push(vec![0; 10].into()).is_ok());
        assert!(!queue.is_full());
        assert!(queue.push(vec![0; 10].into()).is_ok());
        assert!(queue.is_full());
        assert_eq!(queue.push(vec![0; 10].into()).map_err(|batch| batch.bytes()), Err(10));
        assert_eq!((queue.depth(), queue.bytes()), (2, 20));
        assert_eq!(queue.pop().map(|batch| batch.bytes()), Some(10));
        assert!(!queue.is_full());
    }

    #[test]
    fn it_is_full_by_bytes_and_an_entry_may_exceed_them() {
        let queue = Outqueue::new(MessageStreamId(1), 8, 1000);
        assert!(queue.push(vec![0; 999].into()).is_ok());
        assert!(!queue.is_full());
        assert!(queue.push(Batch::from(vec![0; 5000])).is_ok());
        assert!(queue.is_full());
        assert!(queue.push(vec![0].into()).is_err());
        queue.clear();
        assert_eq!((queue.depth(), queue.bytes()), (0, 0));
    }
}
