//! The threads of a stream's loops.

use std::io;
use std::sync::Mutex;
use std::thread::JoinHandle;

use super::control::LoopKind;
use crate::sync::lock;
use crate::threads;

/// The threads of a stream's two loops, while they run.
#[derive(Debug, Default)]
pub(crate) struct LoopThreads(Mutex<Threads>);

#[derive(Debug, Default)]
struct Threads {
    frame: Option<JoinHandle<()>>,
    render: Option<JoinHandle<()>>,
}

/// What the operating system needs to know of a new thread.
pub(crate) struct ThreadSettings {
    pub(crate) name: String,
    pub(crate) stack_bytes: usize,
}

/// A loop panicked outside of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

impl LoopThreads {
    /// Starts the thread of a loop, unless it runs already or `is_wanted` returns `false`.
    ///
    /// `is_wanted` is called with the lock held: a `join` either finds the thread or comes first.
    pub(crate) fn spawn_missing(
        &self,
        kind: LoopKind,
        settings: ThreadSettings,
        is_wanted: impl FnOnce() -> bool,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let mut threads = lock(&self.0);
        let slot = match kind {
            LoopKind::Frame => &mut threads.frame,
            LoopKind::Render => &mut threads.render,
        };
        if slot.is_some() || !is_wanted() {
            return Ok(());
        }
        let ThreadSettings { name, stack_bytes } = settings;
        *slot = Some(threads::spawn_with_stack(name, stack_bytes, run)?);
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
            let joined = thread.join().map_err(|_| Panicked);
            outcome = outcome.and(joined);
        }
        outcome
    }
}
