//! How long what a publisher sends waits in the system's buffer, because its stream sends it later
//! anyway. Each read less saves the wake-up of a thread.

use std::time::{Duration, Instant};

use super::client::{Client, MEDIA_BUFFER_BYTES, Publishing};
use crate::hub::LiveStream;

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

/// Waits until more of what the client publishes should be read. Streams that send soon expect what
/// has come by then, until the next call.
pub(crate) fn pause(client: &mut Client) {
    // One that sends at once comes before all others.
    let due = client.publishing.iter_mut().map(Publishing::expect_more).min().flatten();
    let has_come = due.is_some_and(|due| {
        // A publisher with Nagle's algorithm, as ffmpeg has it, sends the rest once it knows of a
        // read.
        let lead = client.transport.round_trip().map_or(LEAD, |trip| trip.at_most(LEAST_SPREAD));
        client.transport.wait_for(MUCH, before(due, lead, Instant::now()))
    });
    if !has_come {
        // The read may take long.
        client.publishing.iter_mut().for_each(|publishing| publishing.expected = None);
    }
}

impl Publishing {
    /// Lets the stream expect what is read next, if it has frames that wait for its latency.
    /// Returns when it sends them.
    fn expect_more(&mut self) -> Option<Instant> {
        let live_stream = self.stream.handle().publishes_to();
        let due = live_stream.as_ref().and_then(LiveStream::sends_at);
        self.expected = live_stream.filter(|_| due.is_some()).map(|it| it.expect_more());
        due
    }
}

/// Returns how long to wait before what is sent at `due` is read, if that must be so much earlier.
fn before(due: Instant, lead: Duration, now: Instant) -> Duration {
    let left = due.saturating_duration_since(now).saturating_sub(lead);
    if left < SHORTEST { Duration::ZERO } else { left.min(LONGEST) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{LONGEST, SHORTEST, before};

    #[test]
    fn media_are_read_a_round_trip_before_they_leave_and_commands_soon() {
        let now = Instant::now();
        for (due_ms, lead_ms, expected) in [
            (0, 5, Duration::ZERO),
            (8, 5, Duration::ZERO),
            (9, 5, SHORTEST),
            (100, 40, Duration::from_millis(60)),
            (505, 5, LONGEST),
            (3_600_000, 5, LONGEST),
        ] {
            let (due, lead) = (Duration::from_millis(due_ms), Duration::from_millis(lead_ms));
            assert_eq!(before(now + due, lead, now), expected, "{due_ms} ms");
        }
    }
}
