//! Where a registered handler lives.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::sync::lock;

/// A handler that is being called is held by an [`Arc`] of its own, so a handler may register,
/// replace or remove handlers, itself included, while it runs.
pub(crate) type Shared<T> = Arc<Mutex<T>>;

/// A place for one handler.
pub(crate) struct Slot<T: ?Sized>(Mutex<Option<Shared<T>>>);

impl<T: ?Sized> Slot<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn set(&self, handler: Option<Shared<T>>) {
        let former = std::mem::replace(&mut *lock(&self.0), handler);
        // Dropped here, with nothing locked: a handler's own drop may use the handles.
        drop(former);
    }

    pub(crate) fn get(&self) -> Option<Shared<T>> {
        lock(&self.0).clone()
    }

    pub(crate) fn is_set(&self) -> bool {
        lock(&self.0).is_some()
    }
}

impl<T: ?Sized> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "registered" } else { "empty" })
    }
}
