//! The thread that ends the streams whose publisher has not returned.

use std::io;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::directory::Directory;
use crate::peer_log::peer_log;
use crate::sync::lock;
use crate::threads;

/// The thread `rtmp-live`, which ends the streams whose publisher has not returned in time. It runs
/// from the first publisher on. The drop joins it.
#[derive(Debug)]
pub(super) struct GraceThread {
    directory: Arc<Directory>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl GraceThread {
    pub(super) const fn new(directory: Arc<Directory>) -> Self {
        Self { directory, handle: Mutex::new(None) }
    }

    /// Starts the thread, unless it runs.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub(super) fn start(&self) -> io::Result<()> {
        let mut handle = lock(&self.handle);
        if handle.is_none() {
            let directory = Arc::clone(&self.directory);
            let run = move || directory.end_overdue();
            *handle = Some(threads::spawn("rtmp-live".to_owned(), run)?);
        }
        Ok(())
    }
}

impl Drop for GraceThread {
    fn drop(&mut self) {
        self.directory.close();
        let handle = lock(&self.handle).take();
        // The last viewer of a server that is gone may be dropped by the thread itself.
        if let Some(handle) = handle
            && handle.thread().id() != thread::current().id()
            && handle.join().is_err()
        {
            peer_log!(Error, "live streams", "their thread panicked; this is a bug of rendercast");
        }
    }
}
