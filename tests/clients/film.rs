//! The films that the tests play, all made from the one that the example embeds.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use super::support::flv::{self, Kind, Tag};

/// What the server sends ahead of real time. A play ends this much before its duration is over.
/// Players ask for at most 3 s unless told otherwise.
pub(crate) const BURST: Duration = Duration::from_secs(3);

/// The time that a player may need beyond the duration, on a busy machine.
pub(crate) const SLACK: Duration = Duration::from_secs(60);

pub(crate) fn demo_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/assets/demo.flv")
}

/// Returns the film that the example embeds.
pub(crate) static DEMO: LazyLock<Vec<Tag>> = LazyLock::new(|| flv::read(&demo_path()));

/// Returns the frames of one kind in the demo.
pub(crate) fn count(kind: Kind) -> usize {
    flv::frames(&DEMO, kind).count()
}

/// Returns how long the demo plays.
pub(crate) fn duration() -> Duration {
    flv::duration(&DEMO)
}

/// Writes the first `seconds` of the demo, and returns what it wrote.
pub(crate) fn write_short(path: &Path, seconds: u64) -> Vec<Tag> {
    let tags = flv::cut(&DEMO, Duration::from_secs(seconds));
    flv::write(path, &tags);
    tags
}
