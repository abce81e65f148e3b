//! Work on many subscribers, on several threads at once.

use std::num::NonZero;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use crate::sync::lock;
use crate::threads;

/// How many subscribers are worth a thread. The start of a thread takes as long as the sends to
/// three of them (measured: 25 us).
const MIN_PER_THREAD: usize = 256;

/// How long it takes to send a subscriber what comes within 350 ms at 1.6 Mbit/s (measured).
const SEND_TIME: Duration = Duration::from_micros(25);

/// Which part of the latency a thread may send before another one helps.
///
/// Two threads that send at once need up to a tenth more processor time than one that sends all.
const LATENCY_PARTS: u32 = 4;

/// One thread sends no longer than this, so that those who leave do not wait longer.
const LONGEST: Duration = Duration::from_millis(100);

/// How many items a thread takes at a time, so that all threads end together.
const PART: usize = 64;

/// Over how many threads work is spread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    most: usize,
    per_thread: usize,
}

impl Spread {
    /// Spreads over `most` threads, or over as many as there are processors, if one does not send
    /// to all in a small part of the stream's `latency`.
    pub(super) fn new(most: Option<usize>, latency: Duration) -> Self {
        let send_time = (latency / LATENCY_PARTS).min(LONGEST);
        let in_time = send_time.as_micros() / SEND_TIME.as_micros();
        Self {
            most: most.unwrap_or_else(processors),
            per_thread: MIN_PER_THREAD.max(in_time as usize),
        }
    }

    /// Calls `work` with all `items` in parts. If the items are many, several threads do so, this
    /// one among them. Returns whether a call returned `true`, after the last one.
    ///
    /// The other threads are named `rtmp-spread-K`, and are joined.
    pub(super) fn any<T: Send>(
        self,
        items: &mut [T],
        work: impl Fn(&mut [T]) -> bool + Sync,
    ) -> bool {
        let threads = (items.len() / self.per_thread).min(self.most);
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
}

/// Returns how many threads the system runs at a time.
fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;
    use std::time::Duration;

    use super::{MIN_PER_THREAD, Spread};

    fn spread(most: usize) -> Spread {
        Spread::new(Some(most), Duration::ZERO)
    }

    #[test]
    fn each_item_is_worked_on_once() {
        for count in [0, 1, MIN_PER_THREAD, 10 * MIN_PER_THREAD + 1] {
            let mut items = vec![0_usize; count];
            let found = spread(4).any(&mut items, |part| {
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
            assert!(spread(most).any(&mut items, |part| part.contains(&true)), "{most} threads");
        }
    }

    #[test]
    fn one_thread_is_this_one() {
        let this = thread::current().id();
        spread(1).any(&mut [0; 10 * MIN_PER_THREAD], |_| {
            assert_eq!(thread::current().id(), this);
            false
        });
    }

    /// One thread that sends to all is not given them in parts.
    #[test]
    fn a_latency_leaves_one_thread_the_time_to_send_to_more() {
        for (latency_ms, items, is_spread) in [
            (0, 511, false),
            (0, 512, true),
            (40, 799, false),
            (40, 800, true),
            (100, 1_999, false),
            (100, 2_000, true),
            (350, 6_999, false),
            (350, 7_000, true),
            (3_600_000, 7_999, false),
            (3_600_000, 8_000, true),
        ] {
            let parts = Mutex::new(0);
            let latency = Duration::from_millis(latency_ms);
            Spread::new(Some(4), latency).any(&mut vec![0; items], |_| {
                *parts.lock().unwrap() += 1;
                false
            });
            assert_eq!(parts.into_inner().unwrap() > 1, is_spread, "{latency_ms} ms, {items}");
        }
    }
}
