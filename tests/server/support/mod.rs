//! What the tests of the server share: a server on a free port, a client that shows every message,
//! and a record of what handlers were told.

mod client;
mod doer;
mod host;
mod line;
mod media;
mod received;
mod told;

pub(crate) use client::{Client, connect_from};
pub(crate) use doer::Doer;
pub(crate) use host::{Host, on_streams};
pub(crate) use line::{Line, Stalls};
pub(crate) use media::{frame_number, inter_frame, is_key_frame, key_frame};
pub(crate) use received::{Media, Received};
pub(crate) use told::Told;

use std::time::Duration;

/// How long something may take that should happen at once. Only a test that fails reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
