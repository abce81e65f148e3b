//! The threads of a stream's loops.

use std::io;
use std::sync::Mutex;

use super::control::LoopKind;
use crate::sync::lock;
use crate::threads::{Panicked, Task};

/// The threads of a stream's two loops, while they run.
#[derive(Debug, Default)]
pub(crate) struct LoopThreads(Mutex<Threads>);

#[derive(Debug, Default)]
struct Threads {
    frame: Option<Task>,
    render: Option<Task>,
}

impl LoopThreads {
    /// Starts a loop by `spawn`, unless it runs already or `is_wanted` returns `false`.
    ///
    /// `is_wanted` is called with the lock held: a `join` either finds the thread or comes first.
    pub(crate) fn spawn_missing(
        &self,
        kind: LoopKind,
        is_wanted: impl FnOnce() -> bool,
        spawn: impl FnOnce() -> io::Result<Task>,
    ) -> io::Result<()> {
        let mut threads = lock(&self.0);
        let slot = match kind {
            LoopKind::Frame => &mut threads.frame,
            LoopKind::Render => &mut threads.render,
        };
        if slot.is_some() || !is_wanted() {
            return Ok(());
        }
        *slot = Some(spawn()?);
        Ok(())
    }

    pub(crate) fn has_frame_thread(&self) -> bool {
        lock(&self.0).frame.is_some()
    }

    /// Returns whether there is a loop that ends the playback.
    pub(crate) fn is_running(&self) -> bool {
        let threads = lock(&self.0);
        threads.frame.is_some() || threads.render.is_some()
    }

    /// Waits until both loops have returned.
    pub(crate) fn join(&self) -> Result<(), Panicked> {
        let Threads { frame, render } = std::mem::take(&mut *lock(&self.0));
        let mut outcome = Ok(());
        for thread in [frame, render].into_iter().flatten() {
            let joined = thread.join();
            outcome = outcome.and(joined);
        }
        outcome
    }
}
