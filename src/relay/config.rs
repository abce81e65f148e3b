//! The settings of pushes and pulls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::event::RelayEvent;
use crate::client;

/// The settings of a [`Push`](super::Push) or a [`Pull`](super::Pull).
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::client;
/// use rendercast::relay::{RelayConfig, RelayEvent};
///
/// let config = RelayConfig::default()
///     .client(client::Config::default().reply_timeout(Duration::from_secs(3)))
///     .backoff(Duration::from_millis(200), Duration::from_secs(10))
///     .on_event(|event| {
///         if let RelayEvent::Lost { error: Some(error), retry_in } = event {
///             eprintln!("lost: {error}; the next try is in {retry_in:?}");
///         }
///     });
/// ```
#[derive(Clone)]
#[must_use]
pub struct RelayConfig {
    pub(super) client: client::Config,
    pub(super) shortest_wait: Duration,
    pub(super) longest_wait: Duration,
    pub(super) queued_tags: usize,
    pub(super) queued_bytes: usize,
    pub(super) on_event: Arc<dyn Fn(&RelayEvent) + Send + Sync>,
}

impl RelayConfig {
    /// The default of [`queue`](Self::queue), in tags: half a minute of video and sound.
    pub(super) const QUEUED_TAGS: usize = 2048;
    /// The default of [`queue`](Self::queue), in bytes: six seconds at 10 Mbit/s.
    pub(super) const QUEUED_BYTES: usize = 8 << 20;

    /// Sets how the relay connects: its timeouts, what it says at `connect`, and which servers it
    /// trusts.
    pub fn client(mut self, config: client::Config) -> Self {
        self.client = config;
        self
    }

    /// Sets the shortest and the longest wait before another try. Each wait is twice the one
    /// before, and up to half of it is left out at random. Defaults to 500 ms and 4 s.
    pub const fn backoff(mut self, shortest: Duration, longest: Duration) -> Self {
        self.shortest_wait = shortest;
        self.longest_wait = longest;
        self
    }

    /// Sets how much a push keeps for a server that takes too little. Beyond either limit all that
    /// waits is dropped, and video goes on at the next key frame. Defaults to 2,048 tags and 8 MiB.
    pub const fn queue(mut self, tags: usize, bytes: usize) -> Self {
        self.queued_tags = tags;
        self.queued_bytes = bytes;
        self
    }

    /// Sets what is called when something happens. Called on the thread of the relay, which must
    /// not be closed from there.
    pub fn on_event(mut self, on_event: impl Fn(&RelayEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Arc::new(on_event);
        self
    }
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            client: client::Config::default(),
            shortest_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(4),
            queued_tags: Self::QUEUED_TAGS,
            queued_bytes: Self::QUEUED_BYTES,
            on_event: Arc::new(|_| ()),
        }
    }
}

impl fmt::Debug for RelayConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayConfig")
            .field("client", &self.client)
            .field("shortest_wait", &self.shortest_wait)
            .field("longest_wait", &self.longest_wait)
            .field("queued_tags", &self.queued_tags)
            .field("queued_bytes", &self.queued_bytes)
            .finish_non_exhaustive()
    }
}
