//! The settings of a player's session.

use std::time::Duration;

use crate::protocol::Capabilities;
use crate::protocol::amf::{self, Object, Value};
use crate::protocol::chunk;
use crate::protocol::message::ObjectEncoding;

/// The default of [`Config::flash_version`].
pub const DEFAULT_FLASH_VERSION: &str = concat!("rendercast ", env!("CARGO_PKG_VERSION"));

/// The default of [`Config::reply_timeout`]: twice that of GStreamer.
pub const DEFAULT_REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a player tells the server, its timeout and its limits.
///
/// ```
/// use rendercast::protocol::client_session::Config;
///
/// let config = Config::new("live", "rtmp://localhost:1935/live").arguments(["a password"]);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Config {
    pub(super) app: String,
    pub(super) tc_url: String,
    pub(super) flash_version: String,
    pub(super) properties: Object,
    pub(super) arguments: Vec<Value>,
    pub(super) reply_timeout: Duration,
    pub(super) chunk: chunk::Limits,
    pub(super) amf: amf::Limits,
}

impl Config {
    /// Returns the default settings for an application: the first part of the URL's path, and the
    /// URL up to there, as in `rtmp://host:1935/app`.
    pub fn new(app: impl Into<String>, tc_url: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            tc_url: tc_url.into(),
            flash_version: DEFAULT_FLASH_VERSION.to_owned(),
            properties: Object::new(),
            arguments: Vec::new(),
            reply_timeout: DEFAULT_REPLY_TIMEOUT,
            chunk: chunk::Limits::default(),
            amf: amf::Limits::default(),
        }
    }

    /// Sets the player's name and version. Defaults to [`DEFAULT_FLASH_VERSION`].
    pub fn flash_version(mut self, version: impl Into<String>) -> Self {
        self.flash_version = version.into();
        self
    }

    /// Sets further members of `connect`'s command object. Defaults to none.
    pub fn properties(mut self, properties: Object) -> Self {
        self.properties = properties;
        self
    }

    /// Sets further arguments of `connect`, such as a password. Defaults to none.
    pub fn arguments<V: Into<Value>>(mut self, arguments: impl IntoIterator<Item = V>) -> Self {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the time limit for the answer to a request. Defaults to [`DEFAULT_REPLY_TIMEOUT`].
    pub const fn reply_timeout(mut self, timeout: Duration) -> Self {
        self.reply_timeout = timeout;
        self
    }

    /// Sets the limits of the server's unfinished messages.
    pub const fn chunk(mut self, limits: chunk::Limits) -> Self {
        self.chunk = limits;
        self
    }

    /// Sets the limits of the values of one message.
    pub const fn amf(mut self, limits: amf::Limits) -> Self {
        self.amf = limits;
        self
    }

    /// Returns `connect`'s command object (RTMP 1.0 §7.2.1.1), with the numbers that ffmpeg sends,
    /// and with [`Capabilities::announcement`].
    pub(super) fn command_object(&self) -> Value {
        let mut object = Object::new()
            .with("app", self.app.as_str())
            .with("flashVer", self.flash_version.as_str())
            .with("tcUrl", self.tc_url.as_str())
            .with("fpad", false)
            .with("capabilities", 15)
            .with("audioCodecs", 4071)
            .with("videoCodecs", 252)
            .with("videoFunction", 1)
            .with("objectEncoding", ObjectEncoding::Amf0.number());
        for (name, value) in Capabilities::announcement().iter() {
            if self.properties.get(name).is_none() {
                object.push(name, value.clone());
            }
        }
        for (name, value) in self.properties.iter() {
            object.push(name, value.clone());
        }
        object.into()
    }
}
