//! How viewers behave.

use std::time::Duration;

use crate::random::Random;

/// How much a viewer with a bad connection reads, in bytes per second.
const TRICKLE: f64 = 10_000.0;

/// How a viewer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Reads all there is, to the end.
    Steady,
    /// Leaves without a word after a while, and comes again.
    Fickle,
    /// Reads less than there is.
    Slow,
    /// Reads nothing once it plays, as a paused mpv does.
    Stuck,
}

impl Habit {
    /// How many habits there are.
    pub(crate) const COUNT: usize = 4;

    /// Whether it is to see all of the stream.
    pub(crate) const fn is_steady(self) -> bool {
        matches!(self, Self::Steady)
    }

    /// How many bytes it reads at a time: as many as there are until it plays.
    pub(crate) fn allowance(self, is_playing: bool, interval: Duration) -> usize {
        match self {
            Self::Slow if is_playing => (TRICKLE * interval.as_secs_f64()) as usize,
            Self::Stuck if is_playing => 0,
            _ => usize::MAX,
        }
    }

    /// How long it stays, unless it stays to the end.
    pub(crate) fn stay(self, random: &mut Random) -> Option<Duration> {
        (self == Self::Fickle).then(|| Duration::from_millis(random.between(100, 5000)))
    }

    /// How long it stays away.
    pub(crate) const fn pause(self, random: &mut Random) -> Duration {
        Duration::from_millis(random.between(10, 500))
    }
}
