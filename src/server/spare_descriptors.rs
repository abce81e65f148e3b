//! Descriptors for the time when the process has no others.

use std::io;
use std::sync::{Arc, Mutex};

use socket2::{Domain, Socket, Type};

use crate::sync::lock;

/// Descriptors that a server keeps for the time when the process has no others. Each accept loop
/// can give one up then, to accept a connection and close it. Otherwise its peers would wait in the
/// backlog without a word.
///
/// Another thread may take a descriptor that is given up, if only for a moment. So there is one
/// more than there are loops, and no connection is taken in while one is missing.
#[derive(Debug, Default)]
pub(crate) struct SpareDescriptors(Mutex<Spares>);

#[derive(Debug, Default)]
struct Spares {
    kept: Vec<Socket>,
    loops: usize,
}

/// Stands for an accept loop, until it is dropped.
#[derive(Debug)]
pub(crate) struct AcceptLoop(Arc<SpareDescriptors>);

impl SpareDescriptors {
    /// Counts an accept loop, and opens what is missing, if it can.
    pub(crate) fn add_loop(self: &Arc<Self>) -> AcceptLoop {
        lock(&self.0).loops += 1;
        self.refill();
        AcceptLoop(Arc::clone(self))
    }

    /// Gives one up. Returns `false` if there is none.
    pub(crate) fn give_up(&self) -> bool {
        lock(&self.0).kept.pop().is_some()
    }

    /// Opens what is missing. Returns `false` if the process has no descriptors for all of it.
    pub(crate) fn refill(&self) -> bool {
        let mut spares = lock(&self.0);
        while spares.kept.len() < spares.wanted() {
            match Socket::new(Domain::IPV4, Type::DGRAM, None) {
                Ok(spare) => spares.kept.push(spare),
                // A sandbox may forbid such sockets. The server goes on without spare ones then.
                Err(error) => return !is_out_of_descriptors(&error),
            }
        }
        true
    }
}

impl Spares {
    const fn wanted(&self) -> usize {
        if self.loops == 0 { 0 } else { self.loops + 1 }
    }
}

impl Drop for AcceptLoop {
    fn drop(&mut self) {
        let mut spares = lock(&self.0.0);
        spares.loops = spares.loops.saturating_sub(1);
        let wanted = spares.wanted();
        spares.kept.truncate(wanted);
    }
}

/// Returns whether the process or the system has no descriptor left.
#[cfg(unix)]
pub(crate) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

#[cfg(not(unix))]
pub(crate) fn is_out_of_descriptors(_error: &io::Error) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{SpareDescriptors, lock};

    #[test]
    fn there_is_one_for_each_loop_and_one_more() {
        let spares = Arc::<SpareDescriptors>::default();
        let kept = || lock(&spares.0).kept.len();
        assert!(spares.refill() && !spares.give_up());
        let first = spares.add_loop();
        let second = spares.add_loop();
        assert_eq!(kept(), 3);
        for left in (0..3).rev() {
            assert!(spares.give_up());
            assert_eq!(kept(), left);
        }
        assert!(!spares.give_up());
        assert!(spares.refill());
        assert_eq!(kept(), 3);
        drop(second);
        assert_eq!(kept(), 2);
        drop(first);
        assert_eq!(kept(), 0);
    }
}
