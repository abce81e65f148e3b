//! Locks and waits. What a panicking handler left locked is locked all the same: what the locks of
//! this crate guard is whole at every moment.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

/// A condition variable of one mutex. A notification for which no thread waits costs no system
/// call, as one of the standard library does on Linux.
///
/// What a waiting thread looks at must change with the mutex locked. The notification may follow
/// later.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    condvar: Condvar,
    /// Changes with the mutex locked. So whoever has locked it after a thread began to wait knows.
    waiting: AtomicU32,
}

impl Condition {
    pub(crate) const fn new() -> Self {
        Self { condvar: Condvar::new(), waiting: AtomicU32::new(0) }
    }

    pub(crate) fn notify_one(&self) {
        if self.is_awaited() {
            self.condvar.notify_one();
        }
    }

    pub(crate) fn notify_all(&self) {
        if self.is_awaited() {
            self.condvar.notify_all();
        }
    }

    fn is_awaited(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Does `wait`, which waits for this condition, and counts this thread meanwhile.
    fn counted<T>(&self, wait: impl FnOnce(&Condvar) -> T) -> T {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waited = wait(&self.condvar);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        waited
    }
}

/// Locks a mutex, also a poisoned one.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for reading, also where a writer has panicked.
pub(crate) fn read<T: ?Sized>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for writing, also where a writer has panicked.
pub(crate) fn write<T: ?Sized>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notification.
pub(crate) fn wait<'a, T>(condition: &Condition, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.counted(|condvar| condvar.wait(guard)).unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notification, but not longer than `timeout`.
pub(crate) fn wait_timeout<'a, T>(
    condition: &Condition,
    guard: MutexGuard<'a, T>,
    timeout: Duration,
) -> MutexGuard<'a, T> {
    let waited = condition.counted(|condvar| condvar.wait_timeout(guard, timeout));
    waited.unwrap_or_else(PoisonError::into_inner).0
}
