//! A piece of work for a thread, and the wait for its end.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::panics;
use crate::sync::{Condition, lock, wait};

/// Work that a thread does once.
pub(super) struct Work {
    name: String,
    run: Box<dyn FnOnce() + Send>,
    end: Arc<End>,
}

/// Work that was given to a thread.
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

impl Work {
    pub(super) fn new(name: String, run: impl FnOnce() + Send + 'static) -> (Self, Task) {
        let end = Arc::new(End::default());
        let task = Task(Arc::clone(&end));
        (Self { name, run: Box::new(run), end }, task)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Does the work. What it holds is dropped when it counts as ended.
    pub(super) fn run(self) {
        // The panic hook has reported a panic.
        let outcome = panics::catch(self.run).map_err(|_| Panicked);
        *lock(&self.end.outcome) = Some(outcome);
        self.end.known.notify_all();
    }
}

impl Task {
    /// Returns whether the work has ended.
    pub(crate) fn is_finished(&self) -> bool {
        lock(&self.0.outcome).is_some()
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

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("name", &self.name).finish_non_exhaustive()
    }
}
