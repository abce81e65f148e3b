//! The calls of one client that are answered later.

use std::sync::Mutex;
use std::thread::{self, ThreadId};

use crate::handler::backend::Deferral;
use crate::sync::lock;

/// The calls of one client that are answered later, and the one whose handler runs now.
#[derive(Debug)]
pub(crate) struct Deferrals {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Current>,
    last_id: u64,
    /// How many calls are answered later, and were not answered yet.
    waiting: usize,
}

/// The call whose handler runs.
#[derive(Debug)]
struct Current {
    thread: ThreadId,
    transaction: f64,
    deferral: Option<u64>,
}

/// Why a call cannot be answered later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDeferred {
    /// This thread runs no call handler, or the call is deferred already.
    NoCall,
    /// Too many calls wait for an answer.
    TooMany,
}

impl Deferrals {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::new(State { current: None, last_id: 0, waiting: 0 }) }
    }

    /// Begins a call, whose handler this thread runs next.
    pub(crate) fn begin(&self, transaction: f64) {
        let thread = thread::current().id();
        lock(&self.state).current = Some(Current { thread, transaction, deferral: None });
    }

    /// Ends the call. Returns whether it is answered later.
    pub(crate) fn finish(&self) -> bool {
        let current = lock(&self.state).current.take();
        current.is_some_and(|current| current.deferral.is_some())
    }

    /// Marks the current call as one that is answered later.
    pub(crate) fn defer(&self) -> Result<Deferral, NotDeferred> {
        let state = &mut *lock(&self.state);
        let current = state.current.as_mut().filter(|current| current.is_of_this_thread());
        let current = current.filter(|current| current.deferral.is_none());
        let current = current.ok_or(NotDeferred::NoCall)?;
        if state.waiting >= self.limit {
            return Err(NotDeferred::TooMany);
        }
        state.waiting += 1;
        state.last_id += 1;
        current.deferral = Some(state.last_id);
        Ok(Deferral { id: state.last_id, transaction: current.transaction })
    }

    /// Leaves the answer to the handler. Returns `false` if the handler has returned, or runs on
    /// another thread.
    pub(crate) fn withdraw(&self, deferral: Deferral) -> bool {
        let state = &mut *lock(&self.state);
        let current = state.current.as_mut().filter(|current| current.is_of_this_thread());
        let current = current.filter(|current| current.deferral == Some(deferral.id));
        let Some(current) = current else { return false };
        current.deferral = None;
        state.waiting -= 1;
        true
    }

    /// Records that a call was answered.
    pub(crate) fn answered(&self) {
        lock(&self.state).waiting -= 1;
    }
}

impl Current {
    fn is_of_this_thread(&self) -> bool {
        self.thread == thread::current().id()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::{Deferrals, NotDeferred};

    #[test]
    fn a_call_is_deferred_once_by_its_own_thread_while_its_handler_runs() {
        let deferrals = Deferrals::new(2);
        assert_eq!(deferrals.defer(), Err(NotDeferred::NoCall));
        deferrals.begin(7.0);
        let elsewhere = thread::scope(|scope| scope.spawn(|| deferrals.defer()).join().unwrap());
        assert_eq!(elsewhere, Err(NotDeferred::NoCall));
        assert_eq!(deferrals.defer().unwrap().transaction, 7.0);
        assert_eq!(deferrals.defer(), Err(NotDeferred::NoCall));
        assert!(deferrals.finish());
        deferrals.begin(8.0);
        assert!(!deferrals.finish());
        assert_eq!(deferrals.defer(), Err(NotDeferred::NoCall));
    }

    #[test]
    fn a_deferral_can_be_withdrawn_until_the_handler_has_returned() {
        let deferrals = Deferrals::new(1);
        deferrals.begin(7.0);
        let deferral = deferrals.defer().unwrap();
        assert!(deferrals.withdraw(deferral));
        assert!(!deferrals.withdraw(deferral));
        let deferral = deferrals.defer().unwrap();
        assert!(deferrals.finish());
        assert!(!deferrals.withdraw(deferral));
        // A client may give each call the same number.
        deferrals.begin(7.0);
        assert!(!deferrals.withdraw(deferral));
        assert_eq!(deferrals.defer(), Err(NotDeferred::TooMany));
        deferrals.answered();
        assert!(deferrals.defer().is_ok());
    }
}
