//! Descriptors for the time when the process has no others.

use std::sync::Mutex;

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

impl SpareDescriptors {
    /// Keeps one for an accept loop, as far as there are any.
    pub(crate) fn add_loop(&self) {
        lock(&self.0).loops += 1;
        self.refill();
    }

    pub(crate) fn remove_loop(&self) {
        let mut spares = lock(&self.0);
        spares.loops = spares.loops.saturating_sub(1);
        let wanted = spares.wanted();
        spares.kept.truncate(wanted);
    }

    /// Gives one up. Returns `false` if there is none.
    pub(crate) fn give_up(&self) -> bool {
        lock(&self.0).kept.pop().is_some()
    }

    /// Takes new ones for those that are missing. Returns `false` if there are not enough.
    pub(crate) fn refill(&self) -> bool {
        let mut spares = lock(&self.0);
        while spares.kept.len() < spares.wanted() {
            let Ok(spare) = Socket::new(Domain::IPV4, Type::DGRAM, None) else { return false };
            spares.kept.push(spare);
        }
        true
    }
}

impl Spares {
    const fn wanted(&self) -> usize {
        if self.loops == 0 { 0 } else { self.loops + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::{SpareDescriptors, lock};

    #[test]
    fn there_is_one_for_each_loop_and_one_more() {
        let spares = SpareDescriptors::default();
        let kept = || lock(&spares.0).kept.len();
        assert!(spares.refill() && !spares.give_up());
        spares.add_loop();
        spares.add_loop();
        assert_eq!(kept(), 3);
        for left in (0..3).rev() {
            assert!(spares.give_up());
            assert_eq!(kept(), left);
        }
        assert!(!spares.give_up());
        assert!(spares.refill());
        assert_eq!(kept(), 3);
        spares.remove_loop();
        assert_eq!(kept(), 2);
        spares.remove_loop();
        assert_eq!(kept(), 0);
    }
}
