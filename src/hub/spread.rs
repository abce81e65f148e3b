//! Work on many subscribers, on several threads at once.

use std::num::NonZero;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::sync::lock;
use crate::threads;

/// How many subscribers are worth a thread. The start of a thread takes as long as the sends to
/// three of them (measured: 25 us).
const MIN_PER_THREAD: usize = 256;

/// How long it takes to send to a subscriber, before it is known.
const SEND_TIME: Duration = Duration::from_micros(25);

/// Into how many parts the latency is divided. Other threads help if one would send for longer than
/// a part.
///
/// Two threads that send at once need up to a tenth more processor time than one that sends all.
const LATENCY_PARTS: u32 = 4;

/// Other threads also help if one would send for longer than this. Subscribers that leave wait
/// while something is sent.
const LONGEST: Duration = Duration::from_millis(100);

/// How many items a thread takes at a time, so that all threads end together.
const PART: usize = 64;

/// Over how many threads work is spread.
#[derive(Debug)]
pub(super) struct Spread {
    most: usize,
    /// How long a thread may send before others help.
    time: Duration,
    /// How long one thread works on an item: a moving average.
    item_time: Duration,
}

impl Spread {
    /// Spreads over up to `most` threads, by default one for each processor. With a `latency`,
    /// others help only if one would send for longer than a part of it.
    pub(super) fn new(most: Option<usize>, latency: Duration) -> Self {
        Self {
            most: most.unwrap_or_else(processors),
            time: (latency / LATENCY_PARTS).min(LONGEST),
            item_time: SEND_TIME,
        }
    }

    /// Calls `work` with all `items` in parts. If the items are many, several threads do so, this
    /// one among them. Returns whether a call returned `true`, after the last one.
    ///
    /// The other threads are named `rtmp-spread-K`, and are joined.
    pub(super) fn any<T: Send>(
        &mut self,
        items: &mut [T],
        work: impl Fn(&mut [T]) -> bool + Sync,
    ) -> bool {
        let most = (items.len() / MIN_PER_THREAD).min(self.most);
        if most <= 1 {
            return work(items);
        }
        let (count, threads) = (items.len() as u32, self.threads(items.len()).min(most));
        let start = Instant::now();
        let any = on_threads(threads, items, work);
        let item_time = start.elapsed() * threads as u32 / count;
        self.item_time = (self.item_time * 3 + item_time) / 4;
        any
    }

    /// Returns how many threads work on so many items in time.
    fn threads(&self, items: usize) -> usize {
        let one = self.item_time.as_nanos() * items as u128;
        let threads = one.div_ceil(self.time.as_nanos().max(1));
        usize::try_from(threads).unwrap_or(usize::MAX).max(1)
    }
}

/// Calls `work` with all items, in parts if there are several threads.
fn on_threads<T: Send>(
    threads: usize,
    items: &mut [T],
    work: impl Fn(&mut [T]) -> bool + Sync,
) -> bool {
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
fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
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

    #[test]
    fn a_latency_leaves_one_thread_the_time_to_send_to_more() {
        for (latency_ms, items, threads) in [
            (100, 1_000, 1),
            (100, 1_001, 2),
            (350, 3_500, 1),
            (350, 3_501, 2),
            (350, 10_000, 3),
            (3_600_000, 4_000, 1),
            (3_600_000, 4_001, 2),
        ] {
            let spread = Spread::new(Some(4), Duration::from_millis(latency_ms));
            assert_eq!(spread.threads(items), threads, "{latency_ms} ms, {items}");
        }
        assert!(spread(4).threads(MIN_PER_THREAD) > 4, "without a latency all help");
    }

    #[test]
    fn others_help_once_one_thread_takes_long() {
        let mut spread = Spread::new(Some(2), Duration::from_millis(100));
        let this = thread::current().id();
        let mut items = vec![0; 2 * MIN_PER_THREAD];
        let mut is_alone = |time: Duration| {
            let others = AtomicBool::new(false);
            spread.any(&mut items, |_| {
                others.fetch_or(thread::current().id() != this, Ordering::Relaxed);
                thread::sleep(time);
                false
            });
            !others.into_inner()
        };
        assert!(is_alone(Duration::from_millis(500)), "it is not known yet");
        assert!(!is_alone(Duration::from_millis(50)), "one takes 500 ms, and may take 25");
    }
}
