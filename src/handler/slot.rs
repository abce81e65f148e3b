//! The place of a registered handler.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::panics::Caught;
use crate::sync::lock;

/// A registered handler. Each call holds its own [`Arc`], so that a handler may register, replace
/// or remove handlers while it runs, even itself.
pub(crate) type Shared<T> = Caught<Arc<Mutex<T>>>;

/// A place for one handler.
pub(crate) struct Slot<T: ?Sized>(Mutex<Option<Arc<Mutex<T>>>>);

impl<T: ?Sized> Slot<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn set(&self, handler: Option<Arc<Mutex<T>>>) {
        let former = std::mem::replace(&mut *lock(&self.0), handler);
        // Dropped without the lock: the drop of a handler may call this again.
        drop(former.map(Caught::new));
    }

    pub(crate) fn get(&self) -> Option<Shared<T>> {
        lock(&self.0).clone().map(Caught::new)
    }

    pub(crate) fn is_set(&self) -> bool {
        lock(&self.0).is_some()
    }
}

impl<T: ?Sized> Drop for Slot<T> {
    fn drop(&mut self) {
        self.set(None);
    }
}

impl<T: ?Sized> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "registered" } else { "empty" })
    }
}
