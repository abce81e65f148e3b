//! The settings of a client.

use std::borrow::Cow;
use std::time::Duration;

use crate::protocol::amf::{Object, Value};
use crate::protocol::{PlayFrom, PublishKind, client_session};
#[cfg(feature = "tls")]
use crate::transport::tls::Trust;

/// The default of [`Config::connect_timeout`].
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The default of [`Config::silence_timeout`], which is also librtmp's.
pub const DEFAULT_SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// The default of [`Config::buffer_length`], which is also ffmpeg's.
pub const DEFAULT_BUFFER_LENGTH: Duration = Duration::from_secs(3);

/// The default of [`Config::kept_bytes`].
pub const DEFAULT_KEPT_BYTES: usize = 16 << 20;

/// The settings of a [`Connection`](super::Connection), a [`Player`](super::Player) or a
/// [`Publisher`](super::Publisher).
///
/// ```no_run
/// use std::time::Duration;
///
/// use rendercast::PlayFrom;
/// use rendercast::client::{Config, Player};
///
/// let config = Config::default()
///     .play_from(PlayFrom::At(Duration::from_secs(5)))
///     .connect_argument("a password");
/// let player = Player::open_with(&"rtmp://localhost/vod/film".parse()?, config)?;
/// # Ok::<(), rendercast::client::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Config {
    pub(super) play_from: PlayFrom,
    pub(super) publish_kind: PublishKind,
    pub(super) buffer_length: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) reply_timeout: Duration,
    pub(super) silence_timeout: Duration,
    pub(super) kept_bytes: usize,
    pub(super) obeys_reconnect: bool,
    pub(super) flash_version: String,
    pub(super) connect_properties: Object,
    pub(super) connect_arguments: Vec<Value>,
    #[cfg(feature = "tls")]
    pub(super) trust: Trust,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            play_from: PlayFrom::Any,
            publish_kind: PublishKind::Live,
            buffer_length: DEFAULT_BUFFER_LENGTH,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            reply_timeout: client_session::DEFAULT_REPLY_TIMEOUT,
            silence_timeout: DEFAULT_SILENCE_TIMEOUT,
            kept_bytes: DEFAULT_KEPT_BYTES,
            obeys_reconnect: true,
            flash_version: client_session::DEFAULT_FLASH_VERSION.to_owned(),
            connect_properties: Object::new(),
            connect_arguments: Vec::new(),
            #[cfg(feature = "tls")]
            trust: Trust::system(),
        }
    }
}

impl Config {
    /// Sets where a player starts. Defaults to [`PlayFrom::Any`].
    pub const fn play_from(mut self, play_from: PlayFrom) -> Self {
        self.play_from = play_from;
        self
    }

    /// Sets whether a publisher asks the server for a recording. Defaults to
    /// [`PublishKind::Live`].
    pub const fn publish_kind(mut self, kind: PublishKind) -> Self {
        self.publish_kind = kind;
        self
    }

    /// Sets how much media a server may send ahead of time, in whole milliseconds. Defaults to
    /// [`DEFAULT_BUFFER_LENGTH`].
    pub const fn buffer_length(mut self, length: Duration) -> Self {
        self.buffer_length = length;
        self
    }

    /// Sets how long the network may take to connect: the resolver, TCP on every address of the
    /// host, and TLS together. Defaults to [`DEFAULT_CONNECT_TIMEOUT`].
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long the server may take to answer a request. The RTMP handshake and `connect`
    /// together are one request. Defaults to 10 s.
    pub const fn reply_timeout(mut self, timeout: Duration) -> Self {
        self.reply_timeout = timeout;
        self
    }

    /// Sets how long the server may send nothing, and how long it may take to receive a command.
    /// Defaults to [`DEFAULT_SILENCE_TIMEOUT`].
    ///
    /// A live stream may pause for longer. After half of this time the client sends a ping, which
    /// every server answers that is there.
    pub const fn silence_timeout(mut self, timeout: Duration) -> Self {
        self.silence_timeout = timeout;
        self
    }

    /// Sets how many bytes of memory the events may take that arrive during a wait for an answer.
    /// With more, the wait ends with [`Error::Flooded`](super::Error::Flooded). Defaults to
    /// [`DEFAULT_KEPT_BYTES`].
    pub const fn kept_bytes(mut self, bytes: usize) -> Self {
        self.kept_bytes = bytes;
        self
    }

    /// Sets whether a player or a publisher connects again when the server asks for it with
    /// `NetConnection.Connect.ReconnectRequest`. Defaults to `true`.
    pub const fn obey_reconnect(mut self, obeys: bool) -> Self {
        self.obeys_reconnect = obeys;
        self
    }

    /// Sets the `flashVer` of `connect`, by which some servers tell players apart. Defaults to the
    /// name and the version of this crate.
    pub fn flash_version(mut self, version: impl Into<String>) -> Self {
        self.flash_version = version.into();
        self
    }

    /// Adds a member to the command object of `connect`, such as `pageUrl`. Defaults to none beside
    /// those that every client sends.
    pub fn connect_property<'a>(
        mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.connect_properties.push(name, value);
        self
    }

    /// Adds an argument after the command object of `connect`, such as a password. Defaults to
    /// none.
    pub fn connect_argument(mut self, value: impl Into<Value>) -> Self {
        self.connect_arguments.push(value.into());
        self
    }

    /// Sets which servers the client trusts at `rtmps://` URLs. Defaults to [`Trust::system`].
    #[cfg(feature = "tls")]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }
}

/// Leaves out properties and arguments of `connect`, which may be secrets.
impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("play_from", &self.play_from)
            .field("publish_kind", &self.publish_kind)
            .field("buffer_length", &self.buffer_length)
            .field("connect_timeout", &self.connect_timeout)
            .field("reply_timeout", &self.reply_timeout)
            .field("silence_timeout", &self.silence_timeout)
            .field("kept_bytes", &self.kept_bytes)
            .finish_non_exhaustive()
    }
}
