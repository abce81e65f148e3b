//! The memory that the buffers of a server may take, all connections together.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

/// Marks an account that is closed.
const CLOSED: u64 = 1 << 63;

/// What the buffers of all connections hold, and how much they may hold.
pub(crate) struct Budget {
    limit: usize,
    /// In bytes. May be negative for a moment, while an account that grows is closed.
    held: AtomicI64,
    relief: OnceLock<Weak<dyn Relief>>,
}

/// Makes room by closing connections.
pub(crate) trait Relief: Send + Sync {
    /// Closes connections until the others hold less than `limit` bytes. Does not block.
    fn relieve(&self, limit: usize);
}

/// What the buffers of one connection hold. Dropping it takes that off the budget.
#[derive(Debug)]
pub(crate) struct Account {
    budget: Arc<Budget>,
    /// In bytes, with the mark [`CLOSED`].
    held: AtomicU64,
}

/// A part of what a connection holds, known as a sum and not by its changes.
#[derive(Debug)]
pub(crate) struct Share {
    account: Arc<Account>,
    bytes: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, held: AtomicI64::new(0), relief: OnceLock::new() })
    }

    /// Says what makes room. Only the first call counts.
    pub(crate) fn set_relief(&self, relief: Weak<dyn Relief>) {
        let _ = self.relief.set(relief);
    }

    /// Returns how many bytes are held.
    pub(crate) fn held(&self) -> usize {
        usize::try_from(self.held.load(Ordering::Relaxed)).unwrap_or(0)
    }

    fn add(&self, bytes: u64) {
        self.held.fetch_add(bytes as i64, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: u64) {
        self.held.fetch_sub(bytes as i64, Ordering::Relaxed);
    }
}

impl Account {
    pub(crate) fn open(budget: &Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { budget: Arc::clone(budget), held: AtomicU64::new(0) })
    }

    /// Counts bytes that a buffer takes from now on.
    pub(crate) fn take(&self, bytes: usize) {
        if self.held.fetch_add(bytes as u64, Ordering::Relaxed) & CLOSED == 0 {
            self.budget.add(bytes as u64);
        }
    }

    /// Counts bytes that were [taken](Self::take) as free.
    pub(crate) fn give_back(&self, bytes: usize) {
        if self.held.fetch_sub(bytes as u64, Ordering::Relaxed) & CLOSED == 0 {
            self.budget.subtract(bytes as u64);
        }
    }

    /// Returns how many bytes are held, or 0 if the account is closed.
    pub(crate) fn held(&self) -> usize {
        let held = self.held.load(Ordering::Relaxed);
        if held & CLOSED == 0 { usize::try_from(held).unwrap_or(usize::MAX) } else { 0 }
    }

    /// Counts for nothing from now on: the connection is being closed.
    pub(crate) fn close(&self) {
        let held = self.held.fetch_or(CLOSED, Ordering::Relaxed);
        if held & CLOSED == 0 {
            self.budget.subtract(held);
        }
    }

    /// Returns whether more than half of the budget is in use, so that queues must be short.
    pub(crate) fn is_tight(&self) -> bool {
        self.budget.held() > self.budget.limit / 2
    }

    /// Closes connections if more is held than the budget allows. Takes the lock of the connections
    /// and those of the senders that it closes, so the caller must hold neither.
    pub(crate) fn relieve_if_over(&self) {
        let budget = &self.budget;
        if budget.held() > budget.limit
            && let Some(relief) = budget.relief.get().and_then(Weak::upgrade)
        {
            relief.relieve(budget.limit);
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.close();
    }
}

impl Share {
    pub(crate) const fn new(account: Arc<Account>) -> Self {
        Self { account, bytes: AtomicUsize::new(0) }
    }

    /// Sets how many bytes are held now.
    pub(crate) fn set(&self, bytes: usize) {
        let before = self.bytes.swap(bytes, Ordering::Relaxed);
        if bytes > before {
            self.account.take(bytes - before);
        } else if bytes < before {
            self.account.give_back(before - bytes);
        }
    }

    /// As [`Account::relieve_if_over`].
    pub(crate) fn relieve_if_over(&self) {
        self.account.relieve_if_over();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("limit", &self.limit).field("held", &self.held()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Weak};

    use super::{Account, Budget, Relief, Share};

    #[test]
    fn accounts_add_up_and_closed_ones_count_for_nothing() {
        let budget = Budget::new(100);
        let (one, other) = (Account::open(&budget), Account::open(&budget));
        one.take(30);
        other.take(25);
        assert_eq!((one.held(), other.held(), budget.held()), (30, 25, 55));
        assert!(one.is_tight());
        one.give_back(10);
        assert_eq!(budget.held(), 45);
        assert!(!one.is_tight());
        one.close();
        one.close();
        assert_eq!((one.held(), budget.held()), (0, 25));
        one.take(1000);
        one.give_back(1020);
        drop(one);
        assert_eq!(budget.held(), 25);
        drop(other);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn a_share_is_set_to_its_sum() {
        let budget = Budget::new(100);
        let account = Account::open(&budget);
        let share = Share::new(Arc::clone(&account));
        for bytes in [10, 70, 70, 0, 5] {
            share.set(bytes);
            assert_eq!((account.held(), budget.held()), (bytes, bytes));
        }
        drop(share);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn relief_is_asked_for_beyond_the_limit() {
        #[derive(Default)]
        struct Counter(AtomicUsize);
        impl Relief for Counter {
            fn relieve(&self, limit: usize) {
                assert_eq!(limit, 100);
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let budget = Budget::new(100);
        let counter = Arc::new(Counter::default());
        let weak = Arc::downgrade(&counter);
        budget.set_relief(weak as Weak<dyn Relief>);
        let account = Account::open(&budget);
        account.take(100);
        account.relieve_if_over();
        assert_eq!(counter.0.load(Ordering::Relaxed), 0);
        account.take(1);
        account.relieve_if_over();
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    }
}
