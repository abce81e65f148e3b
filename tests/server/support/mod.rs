//! What the tests of the server share: a server on a free port, a client that shows every message,
//! and a record of what handlers were told.

mod client;
mod doer;
mod host;
#[cfg(feature = "screen-video")]
#[path = "../../support/line.rs"]
mod line;
mod media;
#[allow(dead_code, reason = "other test binaries use the rest of it")]
#[path = "../../support/port.rs"]
mod port;
mod received;
mod told;
#[path = "../../support/tries.rs"]
mod tries;

pub(crate) use client::{Client, connect_from};
pub(crate) use doer::Doer;
pub(crate) use host::{Host, SharedTurn, on_streams, patient};
#[cfg(feature = "screen-video")]
pub(crate) use line::Line;
pub(crate) use media::{frame_number, inter_frame, is_key_frame, key_frame};
pub(crate) use port::free_port;
pub(crate) use received::{Media, Received};
pub(crate) use told::Told;
pub(crate) use tries::{Delays, ensure, one_of_several};

use std::thread;
use std::time::{Duration, Instant};

/// How long something may take that should happen at once. Only a test that fails reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until that is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it does not come to this: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
