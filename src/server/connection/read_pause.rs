//! How long the media of a publisher wait in the system's buffer, because their stream sends them
//! later anyway. Each read less saves the wake-up of a thread.

use std::time::{Duration, Instant};

/// How much may come in a pause. A publisher may send 64 KiB at once, in the beginning (Linux).
const MUCH: usize = 48 << 10;

/// A publisher's commands wait no longer than this.
const LONGEST: Duration = Duration::from_millis(200);

/// A shorter pause saves nothing.
const SHORTEST: Duration = Duration::from_millis(4);

/// How long before the stream sends the media are read. A publisher that waits for the
/// acknowledgement of TCP before it sends the rest, as ffmpeg does, still has the time for it.
const LEAD: Duration = Duration::from_millis(3);

/// The pauses between the reads from one publisher.
#[derive(Debug)]
pub(crate) struct ReadPause {
    /// The longest one that lets no more come than the publisher may send at once.
    longest: Duration,
    /// How many bytes have come since the last one began.
    came: usize,
}

impl ReadPause {
    pub(crate) const fn new() -> Self {
        Self { longest: SHORTEST, came: 0 }
    }

    /// Notes that so many bytes were read.
    pub(crate) const fn note(&mut self, bytes: usize) {
        self.came = self.came.saturating_add(bytes);
    }

    /// Returns how long to wait before the next read, if what was read is sent at `due`. Returns
    /// `None` if `has_input` says that there is more to read.
    pub(crate) fn next(
        &mut self,
        due: Instant,
        now: Instant,
        has_input: impl FnOnce() -> bool,
    ) -> Option<Duration> {
        let left = due.saturating_duration_since(now).saturating_sub(LEAD);
        if left < SHORTEST || has_input() {
            return None;
        }
        let came = std::mem::take(&mut self.came);
        if came >= MUCH {
            self.longest = SHORTEST.max(self.longest / 2);
        } else if came < MUCH / 2 {
            self.longest = LONGEST.min(self.longest * 2);
        }
        Some(left.min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{LONGEST, MUCH, ReadPause, SHORTEST};

    /// Returns the last of the pauses in milliseconds that each follow reads of so many bytes, if
    /// all media leave in `due_ms`.
    fn pause(reads: &[&[usize]], due_ms: u64) -> Option<u128> {
        let (mut pause, now) = (ReadPause::new(), Instant::now());
        let due = now + Duration::from_millis(due_ms);
        let pauses = reads.iter().map(|reads| {
            reads.iter().for_each(|bytes| pause.note(*bytes));
            pause.next(due, now, || false).map(|pause| pause.as_millis())
        });
        pauses.last().flatten()
    }

    #[test]
    fn a_publisher_of_little_is_read_shortly_before_its_media_leave() {
        let little: [&[usize]; 10] = [&[2000, 2000]; 10];
        for (due_ms, expected) in
            [(0, None), (6, None), (7, Some(4)), (40, Some(37)), (203, Some(200)), (350, Some(200))]
        {
            assert_eq!(pause(&little, due_ms), expected, "{due_ms} ms");
        }
    }

    #[test]
    fn the_pauses_grow_and_shrink_with_what_comes_in_them() {
        let (none, some, much): (&[usize], &[usize], &[usize]) = (&[], &[4000], &[MUCH]);
        assert_eq!(pause(&[some], 350), Some(8));
        assert_eq!(pause(&[some, some], 350), Some(16));
        assert_eq!(pause(&[some, some, &[MUCH - 1], &[MUCH / 2]], 350), Some(16));
        assert_eq!(pause(&[some, some, &[MUCH - 1, 1]], 350), Some(8));
        assert_eq!(pause(&[much; 20], 350), Some(SHORTEST.as_millis()));
        assert_eq!(pause(&[none; 20], 3_600_000), Some(LONGEST.as_millis()));
    }

    #[test]
    fn what_came_in_several_reads_counts_together() {
        let (mut pause, now) = (ReadPause::new(), Instant::now());
        let due = now + Duration::from_secs(1);
        assert_eq!(pause.next(due, now, || false), Some(2 * SHORTEST));
        pause.note(MUCH - 1);
        assert_eq!(pause.next(due, now, || true), None, "there is more to read");
        pause.note(1);
        assert_eq!(pause.next(due, now, || false), Some(SHORTEST));
    }
}
