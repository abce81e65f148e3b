//! Deadlines for timeouts of any size.

use std::time::{Duration, Instant};

/// Replaces a timeout too large to be added to an instant.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Returns `instant` plus `duration`, or a time a year ahead if that overflows.
pub(crate) fn after(instant: Instant, duration: Duration) -> Instant {
    instant.checked_add(duration).or_else(|| instant.checked_add(FAR_AWAY)).unwrap_or(instant)
}
