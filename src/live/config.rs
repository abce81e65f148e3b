//! The settings of live streams.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::handler::{Connection, Refusal};
use crate::hub::LiveStreamConfig;

/// The settings of a [`LiveHandler`](super::LiveHandler).
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::live::{LiveConfig, Takeover};
/// use rendercast::{Connection, Refusal};
///
/// let config = LiveConfig::default()
///     .grace(Duration::from_secs(30))
///     .takeover(Takeover::Never)
///     .publish_check(|_: &Connection, name: &str, query: &str| match (name, query) {
///         ("live/camera", "key=secret") => Ok(()),
///         _ => Err(Refusal::publish_denied("The key is wrong.")),
///     });
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct LiveConfig {
    pub(super) grace: Duration,
    pub(super) viewers_wait: bool,
    pub(super) takeover: Takeover,
    pub(super) streams: LiveStreamConfig,
    pub(super) may_publish: Check,
    pub(super) may_play: Check,
}

/// When a second publisher of a name replaces the first. If it does not, it is refused with
/// `NetStream.Publish.BadName`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// It replaces one that comes from the same IP address, or that has sent no media for this
    /// long. So a publisher that lost its network can return before the server notices the loss.
    SameAddressOrSilent(Duration),
    /// It always replaces the first.
    Always,
    /// It never does. A publisher that lost its network is refused until the server notices that.
    Never,
}

/// Decides whether a connection may publish or play the stream of that name.
#[derive(Clone)]
pub(super) struct Check(Arc<CheckFn>);

type CheckFn = dyn Fn(&Connection, &str, &str) -> Result<(), Refusal> + Send + Sync;

impl LiveConfig {
    /// Sets how long viewers wait for a publisher that is gone. If it returns within that time, it
    /// continues the stream. Otherwise the viewers are told that the stream has ended. Defaults to
    /// 15 s.
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets whether a client that plays a stream before it is published waits for it. Otherwise it
    /// is refused with `NetStream.Play.StreamNotFound`. Defaults to `true`.
    pub const fn viewers_wait(mut self, wait: bool) -> Self {
        self.viewers_wait = wait;
        self
    }

    /// Sets when a second publisher of a name replaces the first. Defaults to
    /// [`Takeover::SameAddressOrSilent`] with 5 s.
    pub const fn takeover(mut self, takeover: Takeover) -> Self {
        self.takeover = takeover;
        self
    }

    /// Sets the settings of each stream, such as how much is kept for new viewers.
    pub fn streams(mut self, streams: LiveStreamConfig) -> Self {
        self.streams = streams;
        self
    }

    /// Sets a check that is called before a client may publish. It gets the name of the stream,
    /// which is the path of the URL (`live/camera`), and the query of the URL. Defaults to none.
    ///
    /// Called on the connection's thread. May block: only this client waits.
    pub fn publish_check(
        mut self,
        check: impl Fn(&Connection, &str, &str) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.may_publish = Check(Arc::new(check));
        self
    }

    /// Sets a check that is called before a client may play, as
    /// [`publish_check`](Self::publish_check) is. Defaults to none.
    pub fn play_check(
        mut self,
        check: impl Fn(&Connection, &str, &str) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.may_play = Check(Arc::new(check));
        self
    }
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(15),
            viewers_wait: true,
            takeover: Takeover::default(),
            streams: LiveStreamConfig::default(),
            may_publish: Check::none(),
            may_play: Check::none(),
        }
    }
}

impl Default for Takeover {
    fn default() -> Self {
        Self::SameAddressOrSilent(Duration::from_secs(5))
    }
}

impl Check {
    fn none() -> Self {
        Self(Arc::new(|_, _, _| Ok(())))
    }

    pub(super) fn call(
        &self,
        connection: &Connection,
        name: &str,
        query: &str,
    ) -> Result<(), Refusal> {
        (self.0)(connection, name, query)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").finish_non_exhaustive()
    }
}
