//! How long what a publisher sends waits in the system's buffer, because its stream sends it later
//! anyway. Each read less saves the wake-up of a thread.

use std::time::{Duration, Instant};

use super::client::{Client, MEDIA_BUFFER_BYTES, Publishing};
use crate::hub::Expected;

/// How much may wait: what one read takes. Linux widens a smaller window, and ends the wait when it
/// is nearly used up.
const MUCH: usize = MEDIA_BUFFER_BYTES;

/// A publisher's commands wait no longer than this.
const LONGEST: Duration = Duration::from_millis(500);

/// A shorter pause saves nothing.
const SHORTEST: Duration = Duration::from_millis(4);

/// How long before the stream sends the media are read, if the round trip is not known.
const LEAD: Duration = Duration::from_millis(5);

/// By how much the round trips of a publisher differ at least.
const LEAST_SPREAD: Duration = Duration::from_millis(1);

/// Waits until more of what the client publishes should be read. What has been sent by then is
/// expected by the stream that sends next: hold the result until it is read.
pub(crate) fn pause(client: &Client) -> Option<Expected> {
    let sends_at = |publishing: &Publishing| {
        let live_stream = publishing.stream.handle().publishes_to()?;
        Some((live_stream.sends_at()?, live_stream))
    };
    // One that sends at once comes before all others.
    let streams = client.publishing.iter().map(sends_at);
    let (due, live_stream) = streams.min_by_key(|next| next.as_ref().map(|(due, _)| *due))??;
    let transport = &*client.transport;
    // A publisher with Nagle's algorithm, as ffmpeg has it, sends the rest once it knows of a read.
    let lead = transport.round_trip().map_or(LEAD, |trip| trip.at_most(LEAST_SPREAD));
    let pause = before(due, lead, Instant::now())?;
    let expected = live_stream.expect_more();
    transport.wait_for(MUCH, pause).then_some(expected)
}

/// Returns how long to wait before what is sent at `due` is read, if that must be so much earlier.
fn before(due: Instant, lead: Duration, now: Instant) -> Option<Duration> {
    let left = due.saturating_duration_since(now).saturating_sub(lead);
    (left >= SHORTEST).then(|| left.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{LONGEST, SHORTEST, before};

    #[test]
    fn media_are_read_a_round_trip_before_they_leave_and_commands_soon() {
        let now = Instant::now();
        for (due_ms, lead_ms, expected) in [
            (0, 5, None),
            (8, 5, None),
            (9, 5, Some(SHORTEST)),
            (100, 40, Some(Duration::from_millis(60))),
            (505, 5, Some(LONGEST)),
            (3_600_000, 5, Some(LONGEST)),
        ] {
            let (due, lead) = (Duration::from_millis(due_ms), Duration::from_millis(lead_ms));
            assert_eq!(before(now + due, lead, now), expected, "{due_ms} ms");
        }
    }
}
