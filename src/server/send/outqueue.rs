//! The bounded channel of one stream.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::write_queue::WriteQueue;
use crate::media::mux::Messages;
use crate::protocol::MessageStreamId;
use crate::server::budget::Account;

/// How much shorter a queue is in bytes while the memory of the server is tight.
const TIGHT: usize = 16;

/// The media that a stream has to send while its connection is congested. Bounded in entries and in
/// bytes. When it is full, the frame handler is told so (`outqueue_is_full`).
///
/// It is filled and drained under the lock of the connection's sender.
#[derive(Debug)]
pub(crate) struct Outqueue {
    stream: MessageStreamId,
    length: usize,
    /// Made for the first entry. A channel allocates all its memory at once, and most streams never
    /// need it.
    channel: OnceLock<(Sender<WriteQueue>, Receiver<WriteQueue>)>,
    bytes: AtomicUsize,
    limit_bytes: usize,
    account: Arc<Account>,
}

/// The queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Outqueue {
    /// Makes the queue of `stream`, which holds at most `length` entries. Its bytes count for
    /// `account` until they are sent or dropped.
    pub(crate) fn new(
        stream: MessageStreamId,
        length: usize,
        limit_bytes: usize,
        account: Arc<Account>,
    ) -> Self {
        let (channel, bytes) = (OnceLock::new(), AtomicUsize::new(0));
        Self { stream, length, channel, bytes, limit_bytes, account }
    }

    pub(crate) const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    pub(crate) fn is_full(&self) -> bool {
        self.depth() >= self.length || self.room_bytes() == 0
    }

    /// Returns the number of entries.
    pub(crate) fn depth(&self) -> usize {
        self.channel.get().map_or(0, |(_, receiver)| receiver.len())
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns how many more bytes the queue takes. The last entry may exceed them.
    pub(crate) fn room_bytes(&self) -> usize {
        let is_tight = self.account.is_tight();
        let limit = if is_tight { self.limit_bytes.div_ceil(TIGHT) } else { self.limit_bytes };
        limit.saturating_sub(self.bytes())
    }

    /// Appends messages as one entry.
    pub(crate) fn push(&self, messages: &Messages) -> Result<(), Full> {
        if self.is_full() {
            return Err(Full);
        }
        let (sender, _) = self.channel.get_or_init(|| bounded(self.length));
        sender.try_send(messages.into()).map_err(|_| Full)?;
        self.bytes.fetch_add(messages.bytes(), Ordering::Relaxed);
        self.account.take(messages.bytes());
        Ok(())
    }

    /// Takes the next entry, which still counts for the account of the connection.
    pub(crate) fn pop(&self) -> Option<WriteQueue> {
        let (_, receiver) = self.channel.get()?;
        let entry = receiver.try_recv().ok()?;
        self.bytes.fetch_sub(entry.bytes(), Ordering::Relaxed);
        Some(entry)
    }

    /// Drops all entries.
    pub(crate) fn clear(&self) {
        while let Some(entry) = self.pop() {
            self.account.give_back(entry.bytes());
        }
    }
}

impl Drop for Outqueue {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Account, Full, MessageStreamId, Messages, Outqueue};
    use crate::server::budget::Budget;

    fn queue(length: usize, account: &Arc<Account>) -> Outqueue {
        Outqueue::new(MessageStreamId(1), length, 1000, Arc::clone(account))
    }

    fn messages(bytes: usize) -> Messages {
        vec![0; bytes].into()
    }

    #[test]
    fn it_is_full_by_entries() {
        let queue = queue(2, &Account::open(&Budget::new(1 << 20)));
        assert_eq!(queue.push(&messages(10)), Ok(()));
        assert!(!queue.is_full());
        assert_eq!(queue.push(&messages(10)), Ok(()));
        assert!(queue.is_full());
        assert_eq!(queue.push(&messages(10)), Err(Full));
        assert_eq!((queue.depth(), queue.bytes()), (2, 20));
        assert_eq!(queue.pop().map(|entry| entry.bytes()), Some(10));
        assert!(!queue.is_full());
    }

    #[test]
    fn it_is_full_by_bytes_and_an_entry_may_exceed_them() {
        let account = Account::open(&Budget::new(1 << 20));
        let queue = queue(8, &account);
        assert_eq!(queue.push(&messages(999)), Ok(()));
        assert!(!queue.is_full());
        assert_eq!(queue.push(&messages(5000)), Ok(()));
        assert!(queue.is_full());
        assert_eq!(queue.push(&messages(1)), Err(Full));
        assert_eq!(account.held(), 5999);
        queue.clear();
        assert_eq!((queue.depth(), queue.bytes(), account.held()), (0, 0, 0));
    }

    #[test]
    fn it_is_shorter_while_memory_is_tight() {
        let account = Account::open(&Budget::new(1000));
        let queue = queue(8, &account);
        assert_eq!(queue.room_bytes(), 1000);
        account.take(501);
        assert_eq!(queue.room_bytes(), 63);
    }
}
