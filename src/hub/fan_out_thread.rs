//! The thread that sends a stream to its subscribers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::distribution::Distribution;
use crate::peer_log::peer_log;
use crate::sync::lock;
use crate::threads;

/// Counts the threads, for their names.
static LAST: AtomicU64 = AtomicU64::new(0);

/// The thread `rtmp-fan-out-N`, which sends a stream to its subscribers when it is due. It runs
/// from the first frames on that the source's own thread leaves to it. The drop joins it.
pub(super) struct FanOutThread {
    distribution: Arc<Distribution>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl FanOutThread {
    pub(super) const fn new(distribution: Arc<Distribution>) -> Self {
        Self { distribution, thread: Mutex::new(None) }
    }

    /// Starts the thread, unless it runs. Returns `false` if the system has no room for it.
    pub(super) fn start(&self) -> bool {
        let mut thread = lock(&self.thread);
        if thread.is_some() {
            return true;
        }
        let distribution = Arc::clone(&self.distribution);
        let number = LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let name = format!("rtmp-fan-out-{number}");
        *thread = threads::spawn(name, move || distribution.run()).ok();
        thread.is_some()
    }
}

impl Drop for FanOutThread {
    fn drop(&mut self) {
        self.distribution.close();
        let thread = lock(&self.thread).take();
        // The thread itself may drop the last subscriber, and with it the last handle.
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            peer_log!(Error, "a live stream", "its thread panicked; this is a bug of rendercast");
        }
    }
}
