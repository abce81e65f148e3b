//! The settings of live streams.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use crate::handler::{Connection, Refusal};
use crate::hub::LiveStreamConfig;
use crate::record::RecordConfig;

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
    pub(super) publish_keys: Option<PublishKeys>,
    pub(super) record: Option<RecordSettings>,
}

/// How streams are recorded.
#[derive(Clone, Debug)]
pub(super) struct RecordSettings {
    pub(super) config: RecordConfig,
    pub(super) streams: RecordedStreams,
    pub(super) continues: bool,
    /// How many recordings there are. Shared by the clones of the settings.
    pub(super) running: Arc<AtomicUsize>,
}

/// Which streams are recorded.
///
/// A publisher may ask for a recording, with the publish type `record` or `append`. The first
/// replaces an earlier recording of the same name, the second continues it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedStreams {
    /// All streams. If the publisher asks for nothing, the settings of the recording say what
    /// becomes of an earlier one.
    All,
    /// The streams whose publishers ask for it.
    Asked,
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

/// Returns the name of the stream that a key publishes.
#[derive(Clone)]
pub(super) struct PublishKeys(Arc<StreamOf>);

type StreamOf = dyn Fn(&str) -> Option<String> + Send + Sync;

type CheckFn = dyn Fn(&Connection, &str, &str) -> Result<(), Refusal> + Send + Sync;

impl LiveConfig {
    /// Sets how long viewers wait for a publisher that is gone. If it returns within that time, it
    /// continues the stream. Otherwise the viewers are told that the stream has ended. Defaults to
    /// 15 s.
    ///
    /// What is kept for new viewers counts for the publisher's connection, as
    /// [`memory_bytes`](crate::config::ConnectionLimits::memory_bytes) says. If the streams without
    /// publisher keep more than 64 MiB together, the next that loses its publisher ends at once.
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

    /// Lets publishers give a secret key instead of the name of their stream, as OBS does with its
    /// stream key. `stream_of` gets the path of the publisher's URL (`live/8f3a`), and returns the
    /// name of the stream (`live/camera`), which viewers play. A key that it does not know is
    /// refused. Defaults to none: the path is the name.
    ///
    /// Called on the connection's thread, before [`publish_check`](Self::publish_check), which gets
    /// the name of the stream. May block: only this client waits.
    ///
    /// ```
    /// use rendercast::live::LiveConfig;
    ///
    /// let config = LiveConfig::default()
    ///     .publish_keys(|key: &str| (key == "live/8f3a").then(|| "live/camera".to_owned()));
    /// ```
    pub fn publish_keys(
        mut self,
        stream_of: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.publish_keys = Some(PublishKeys(Arc::new(stream_of)));
        self
    }

    /// Records streams to FLV files. Defaults to no recording.
    ///
    /// Each publisher begins a file, and a file is completed when its publisher ceases.
    ///
    /// ```
    /// use rendercast::live::{LiveConfig, RecordedStreams};
    /// use rendercast::record::RecordConfig;
    ///
    /// let config = LiveConfig::default()
    ///     .record(RecordConfig::new("recordings"), RecordedStreams::Asked);
    /// ```
    pub fn record(mut self, config: RecordConfig, streams: RecordedStreams) -> Self {
        self.record =
            Some(RecordSettings { config, streams, continues: false, running: Arc::default() });
        self
    }

    /// Sets whether a publisher that returns within the grace continues the file of the one before.
    /// The file is then completed after the grace, and its thread waits until then. If there are
    /// more than 64 recordings, none waits. Defaults to `false`. Without effect before
    /// [`record`](Self::record).
    pub const fn record_continues(mut self, continues: bool) -> Self {
        if let Some(record) = &mut self.record {
            record.continues = continues;
        }
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
            publish_keys: None,
            record: None,
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

impl PublishKeys {
    pub(super) fn stream_of(&self, key: &str) -> Option<String> {
        (self.0)(key)
    }
}

impl fmt::Debug for PublishKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishKeys").finish_non_exhaustive()
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").finish_non_exhaustive()
    }
}
