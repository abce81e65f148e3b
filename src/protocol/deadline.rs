//! Deadlines, from settings of any size.

use std::time::{Duration, Instant};

/// Stands for "never" where a setting is too large to be added to an instant.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// `instant` and so much more, or a time far away.
pub(crate) fn after(instant: Instant, duration: Duration) -> Instant {
    instant.checked_add(duration).or_else(|| instant.checked_add(FAR_AWAY)).unwrap_or(instant)
}
