//! Measurements that a busy machine can spoil.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often a measurement is repeated before it counts as a failure.
const TRIES: usize = 6;

/// Fails unless one of several measurements finds no fault. Each returns its fault.
#[track_caller]
pub(crate) fn one_of_several(mut measure: impl FnMut() -> Result<(), String>) {
    let mut faults = Vec::new();
    while let Err(fault) = measure() {
        faults.push(fault);
        assert!(faults.len() < TRIES, "each of {TRIES} measurements finds a fault: {faults:#?}");
    }
}

/// Returns a fault unless that is right.
pub(crate) fn ensure(is_right: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(fault()) }
}

/// By how much the machine woke a thread too late, sorted. Never empty.
#[derive(Debug)]
pub(crate) struct Delays(Vec<Duration>);

impl Delays {
    /// Measures them while `work` runs.
    pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (T, Self) {
        const NAP: Duration = Duration::from_millis(4);
        let is_over = AtomicBool::new(false);
        let (result, mut delays) = thread::scope(|scope| {
            let measuring = scope.spawn(|| {
                let mut delays = vec![Duration::ZERO];
                while !is_over.load(Ordering::Relaxed) {
                    let since = Instant::now();
                    thread::sleep(NAP);
                    delays.push(since.elapsed().saturating_sub(NAP));
                }
                delays
            });
            let result = work();
            is_over.store(true, Ordering::Relaxed);
            (result, measuring.join().expect("a nap does not panic"))
        });
        delays.sort();
        (result, Self(delays))
    }

    /// Nine of ten are at most as long.
    pub(crate) fn nine_of_ten(&self) -> Duration {
        self.0[(self.0.len() - 1) * 9 / 10]
    }

    /// All of them together, but for those that a machine at rest has too.
    pub(crate) fn lost(&self) -> Duration {
        self.0.iter().filter(|delay| **delay > Duration::from_millis(2)).sum()
    }

    pub(crate) fn longest(&self) -> Duration {
        self.0[self.0.len() - 1]
    }
}
