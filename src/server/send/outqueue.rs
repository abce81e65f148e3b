//! The bounded channel of one stream.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::write_queue::WriteQueue;
use crate::media::mux::Messages;
use crate::protocol::MessageStreamId;
use crate::server::budget::Account;
use crate::sync::lock;

/// How much shorter a queue is in bytes while the memory of the server is tight.
const TIGHT: usize = 16;

/// How many bytes of sound may wait behind a full channel: four seconds at 128 kbit/s.
const SOUND_BYTES: usize = 64 << 10;

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
    channel: OnceLock<Box<Channel>>,
    /// Sound that came while the queue was full, behind all of the channel. Nothing else is taken
    /// before it has left.
    sound: OnceLock<Box<Mutex<VecDeque<WriteQueue>>>>,
    sound_bytes: AtomicUsize,
    /// Those of the sound included.
    bytes: AtomicUsize,
    limit_bytes: usize,
    account: Arc<Account>,
}

#[derive(Debug)]
struct Channel {
    sender: Sender<WriteQueue>,
    receiver: Receiver<WriteQueue>,
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
        Self {
            stream,
            length,
            channel: OnceLock::new(),
            sound: OnceLock::new(),
            sound_bytes: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            limit_bytes,
            account,
        }
    }

    pub(crate) const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    pub(crate) fn is_full(&self) -> bool {
        let has_late_sound = self.sound_bytes.load(Ordering::Relaxed) > 0;
        self.depth() >= self.length || self.room_bytes() == 0 || has_late_sound
    }

    /// Returns the number of entries.
    pub(crate) fn depth(&self) -> usize {
        self.channel.get().map_or(0, |channel| channel.receiver.len())
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
        let channel = self.channel.get_or_init(|| {
            let (sender, receiver) = bounded(self.length);
            Box::new(Channel { sender, receiver })
        });
        channel.sender.try_send(messages.into()).map_err(|_| Full)?;
        self.bytes.fetch_add(messages.bytes(), Ordering::Relaxed);
        self.account.take(messages.bytes());
        Ok(())
    }

    /// Appends sound, for which there is room behind a full queue.
    pub(crate) fn push_sound(&self, messages: &Messages) -> Result<(), Full> {
        if !self.is_full() {
            return self.push(messages);
        }
        let bytes = messages.bytes();
        if self.sound_bytes.load(Ordering::Relaxed).saturating_add(bytes) > SOUND_BYTES {
            return Err(Full);
        }
        lock(self.sound.get_or_init(Box::default)).push_back(messages.into());
        self.sound_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.account.take(bytes);
        Ok(())
    }

    /// Takes the next entry, which still counts for the account of the connection.
    pub(crate) fn pop(&self) -> Option<WriteQueue> {
        let channel = self.channel.get()?;
        let entry = channel.receiver.try_recv().ok().or_else(|| self.pop_sound())?;
        self.bytes.fetch_sub(entry.bytes(), Ordering::Relaxed);
        Some(entry)
    }

    fn pop_sound(&self) -> Option<WriteQueue> {
        let entry = lock(self.sound.get()?).pop_front()?;
        self.sound_bytes.fetch_sub(entry.bytes(), Ordering::Relaxed);
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

    use super::{Account, Full, MessageStreamId, Messages, Outqueue, SOUND_BYTES};
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

    #[test]
    fn sound_has_room_behind_a_full_queue_and_nothing_passes_it() {
        let queue = queue(1, &Account::open(&Budget::new(1 << 20)));
        assert_eq!(queue.push(&messages(10)), Ok(()));
        assert_eq!(queue.push(&messages(10)), Err(Full));
        assert_eq!(queue.push_sound(&messages(20)), Ok(()));
        assert_eq!(queue.push_sound(&messages(30)), Ok(()));
        assert_eq!(queue.push_sound(&messages(SOUND_BYTES)), Err(Full), "a bound in bytes");
        assert_eq!(queue.bytes(), 60);
        let popped = || queue.pop().map(|entry| entry.bytes());
        assert_eq!(popped(), Some(10));
        assert_eq!(queue.push(&messages(10)), Err(Full), "sound comes first");
        assert_eq!([popped(), popped()], [Some(20), Some(30)]);
        assert_eq!(queue.push_sound(&messages(40)), Ok(()));
        assert_eq!([popped(), popped()], [Some(40), None]);
        assert_eq!((queue.depth(), queue.bytes()), (0, 0));
    }
}
