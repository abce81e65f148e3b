//! The figures of a relay.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The figures of a [`Push`](super::Push) or a [`Pull`](super::Pull), since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayFigures {
    /// Whether there is a connection now, and the server has granted the stream.
    pub is_connected: bool,
    /// How many connections there have been.
    pub connections: u64,
    /// How many tags were sent to the server, or came from it.
    pub tags: u64,
    /// How many bytes of payload those had.
    pub bytes: u64,
    /// How many tags were dropped, because the server took too little.
    pub dropped_tags: u64,
    /// How many bytes of payload wait for the server.
    pub queued_bytes: u64,
}

/// The figures as the thread of the relay counts them.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) is_connected: AtomicBool,
    pub(super) connections: AtomicU64,
    pub(super) tags: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) dropped_tags: AtomicU64,
    pub(super) queued_bytes: AtomicU64,
}

impl Counters {
    /// Counts tags that went to the server, or came from it.
    pub(super) fn passed(&self, tags: usize, bytes: usize) {
        self.tags.fetch_add(tags as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn connected(&self, is_connected: bool) {
        self.is_connected.store(is_connected, Ordering::Relaxed);
        self.connections.fetch_add(u64::from(is_connected), Ordering::Relaxed);
    }

    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    pub(super) fn figures(&self) -> RelayFigures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RelayFigures {
            is_connected: self.is_connected(),
            connections: count(&self.connections),
            tags: count(&self.tags),
            bytes: count(&self.bytes),
            dropped_tags: count(&self.dropped_tags),
            queued_bytes: count(&self.queued_bytes),
        }
    }
}
