//! Work for whose end another thread waits.

use std::sync::{Arc, Mutex};

use crate::panics;
use crate::sync::{Condition, lock, wait};

/// Work that a thread does.
#[derive(Debug)]
pub(crate) struct Task(Arc<End>);

/// The work panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

#[derive(Debug, Default)]
struct End {
    /// `None` until the work has ended.
    outcome: Mutex<Option<Result<(), Panicked>>>,
    known: Condition,
}

impl Task {
    /// Returns what waits for the end of `run`, and what does it and tells its end. All that `run`
    /// holds is dropped by then.
    pub(super) fn of(run: impl FnOnce() + Send + 'static) -> (Self, impl FnOnce() + Send) {
        let end = Arc::new(End::default());
        let task = Self(Arc::clone(&end));
        (task, move || {
            // The panic hook has reported a panic.
            end.tell(panics::catch(run).map_err(|_| Panicked));
        })
    }

    /// Waits until the work has ended.
    pub(crate) fn join(self) -> Result<(), Panicked> {
        let mut outcome = lock(&self.0.outcome);
        loop {
            match *outcome {
                Some(outcome) => return outcome,
                None => outcome = wait(&self.0.known, outcome),
            }
        }
    }
}

impl End {
    // Out of line, so that the work has a short stack below.
    #[inline(never)]
    fn tell(&self, outcome: Result<(), Panicked>) {
        *lock(&self.outcome) = Some(outcome);
        self.known.notify_all();
    }
}
