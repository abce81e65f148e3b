//! When the thread of a publisher reads, and when it sends what waits in the publisher's streams.
//!
//! With a latency, what comes waits in the system's buffer, since it leaves later anyway. Each read
//! less saves the wake-up of a thread.

use std::time::{Duration, Instant};

use super::client::{Client, MEDIA_BUFFER_BYTES, Publishing};
use crate::hub::SourceThread;

/// How much may wait: what one read takes. Linux widens a smaller window, and ends the wait when it
/// is nearly used up.
const MUCH: usize = MEDIA_BUFFER_BYTES;

/// A publisher's commands wait no longer than this.
const LONGEST: Duration = Duration::from_millis(500);

/// A shorter pause saves nothing.
const SHORTEST: Duration = Duration::from_millis(4);

/// How long before the stream sends the media are read, if the round trip is not known.
const LEAD: Duration = Duration::from_millis(5);

/// By how much the round trips of a publisher differ at least: its thread must be woken too.
const LEAST_SPREAD: Duration = Duration::from_millis(1);

/// Waits until more of what the client publishes should be read, or sends what is due. Returns how
/// long the read may take. Returns `None` if nothing must be read now.
pub(crate) fn pause(client: &mut Client) -> Option<Duration> {
    if !client.transport.can_wait() {
        return Some(Duration::MAX);
    }
    client.publishing.iter_mut().for_each(Publishing::follow);
    let (mut first, mut may_be_read_late) = (None, true);
    for source in client.publishing.iter().map(|publishing| publishing.source.as_ref()) {
        let waiting = source.and_then(|source| Some((source.due()?, source)));
        may_be_read_late &= waiting.is_some_and(|(_, source)| source.has_latency());
        first = [first, waiting].into_iter().flatten().min_by_key(|(due, _)| *due);
    }
    let Some((due, source)) = first else { return Some(Duration::MAX) };
    let left = due.saturating_duration_since(Instant::now());
    if left.is_zero() {
        source.send_due();
        return None;
    }
    let (bytes, timeout) = if may_be_read_late {
        (MUCH, until_read(left, lead(client)))
    } else {
        // What comes may have to leave at once, as a picture for which sound waits.
        (1, left)
    };
    let has_come = client.transport.wait_for(bytes, timeout);
    has_come.then(|| due.saturating_duration_since(Instant::now()))
}

/// Returns how long before media leave the last read but one takes place. A publisher with Nagle's
/// algorithm, as ffmpeg has it, sends the rest once it knows of a read.
fn lead(client: &Client) -> Duration {
    client.transport.round_trip().map_or(LEAD, |trip| trip.at_most(LEAST_SPREAD))
}

impl Publishing {
    /// Sees to it that this thread sends what it hands over to the live stream.
    fn follow(&mut self) {
        let live_stream = self.stream.handle().publishes_to();
        let is_known = match (&self.source, &live_stream) {
            (Some(source), Some(live_stream)) => source.is_of(live_stream),
            (source, live_stream) => source.is_none() && live_stream.is_none(),
        };
        if !is_known {
            self.source = live_stream.map(SourceThread::new);
        }
    }
}

/// Returns how long to wait before the next read, if media leave after `left`. The last read but
/// one takes place `lead` before that, or up to a millisecond earlier.
fn until_read(left: Duration, lead: Duration) -> Duration {
    let early = left.saturating_sub(lead);
    // The system rounds up to whole milliseconds.
    let early = early - Duration::from_nanos((early.subsec_nanos() % 1_000_000).into());
    if early < SHORTEST { left.min(LONGEST) } else { early.min(LONGEST) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::until_read;

    #[test]
    fn media_are_read_before_they_leave_and_when_they_do() {
        for (left_ms, lead_ms, expected_ms) in [
            (5, 5, 5),
            (8, 5, 8),
            (9, 5, 4),
            (100, 40, 60),
            (40, 40, 40),
            (505, 5, 500),
            (3_600_000, 5, 500),
            (2000, 2000, 500),
        ] {
            let [left, lead, expected] = [left_ms, lead_ms, expected_ms].map(Duration::from_millis);
            assert_eq!(until_read(left, lead), expected, "{left:?}");
        }
        let millisecond = Duration::from_millis(1);
        assert_eq!(until_read(millisecond * 100, millisecond * 5 / 4), millisecond * 98);
    }
}
