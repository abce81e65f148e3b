//! Work on many subscribers, on several threads at once.

use std::num::NonZero;
use std::sync::{Mutex, OnceLock};
use std::thread;

use crate::sync::lock;
use crate::threads;

/// How many subscribers are worth a thread. The start of a thread takes as long as the sends to
/// three of them (measured: 25 us).
const MIN_PER_THREAD: usize = 256;

/// How many items a thread takes at a time, so that all threads end together.
const PART: usize = 64;

/// Calls `work` with all `items` in parts. If the items are many, up to `most` threads do so, this
/// one among them. Returns whether a call returned `true`, after the last one.
///
/// The other threads are named `rtmp-spread-K`, and are joined.
pub(super) fn any<T: Send>(
    items: &mut [T],
    most: usize,
    work: impl Fn(&mut [T]) -> bool + Sync,
) -> bool {
    let threads = (items.len() / MIN_PER_THREAD).min(most);
    if threads <= 1 {
        return work(items);
    }
    let parts = Mutex::new(items.chunks_mut(PART));
    let next = || lock(&parts).next();
    let work_on_parts = || {
        let mut any = false;
        while let Some(part) = next() {
            any |= work(part);
        }
        any
    };
    thread::scope(|scope| {
        // If the system has no room for a thread, the others do its work.
        let start = |number| {
            threads::spawn_scoped(scope, format!("rtmp-spread-{number}"), work_on_parts).ok()
        };
        let others: Vec<_> = (1..threads).filter_map(start).collect();
        let own = work_on_parts();
        others.into_iter().fold(own, |any, other| other.join().unwrap_or_default() | any)
    })
}

/// Returns how many threads the system runs at a time.
pub(super) fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::{MIN_PER_THREAD, any};

    #[test]
    fn each_item_is_worked_on_once() {
        for count in [0, 1, MIN_PER_THREAD, 10 * MIN_PER_THREAD + 1] {
            let mut items = vec![0_usize; count];
            let found = any(&mut items, 4, |part| {
                part.iter_mut().for_each(|item| *item += 1);
                false
            });
            assert!(!found);
            assert!(items.iter().all(|item| *item == 1), "{count} items");
        }
    }

    #[test]
    fn one_item_is_found_among_many() {
        let mut items = vec![false; 10 * MIN_PER_THREAD];
        items[7 * MIN_PER_THREAD] = true;
        for most in [0, 1, 2, 20] {
            assert!(any(&mut items, most, |part| part.contains(&true)), "{most} threads");
        }
    }

    #[test]
    fn one_thread_is_this_one() {
        let this = thread::current().id();
        any(&mut [0; 10 * MIN_PER_THREAD], 1, |_| {
            assert_eq!(thread::current().id(), this);
            false
        });
    }
}
