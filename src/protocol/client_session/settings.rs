//! The settings of a player's session.

use std::time::Duration;

use crate::protocol::amf::{self, Object, Value};
use crate::protocol::chunk;
use crate::protocol::message::ObjectEncoding;

/// The default of [`Settings::flash_version`].
pub const DEFAULT_FLASH_VERSION: &str = concat!("rendercast ", env!("CARGO_PKG_VERSION"));

/// The default of [`Settings::reply_timeout`]: twice that of GStreamer.
pub const DEFAULT_REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a player tells the server, its timeout and its limits.
///
/// ```
/// use rendercast::protocol::client_session::Settings;
///
/// let settings = Settings {
///     arguments: vec!["a password".into()],
///     ..Settings::new("live", "rtmp://localhost:1935/live")
/// };
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// The application to connect to: the first part of the URL's path.
    pub app: String,
    /// The URL of the application, as in `rtmp://host:1935/app`.
    pub tc_url: String,
    /// The player's name and version. Defaults to [`DEFAULT_FLASH_VERSION`].
    pub flash_version: String,
    /// More members for `connect`'s command object. Defaults to none.
    pub properties: Object,
    /// More arguments for `connect`, such as credentials. Defaults to none.
    pub arguments: Vec<Value>,
    /// The time limit for the answer to a request. Defaults to [`DEFAULT_REPLY_TIMEOUT`].
    pub reply_timeout: Duration,
    /// Limits on the server's unfinished messages.
    pub chunk_limits: chunk::Limits,
    /// Limits on the values of one message.
    pub amf_limits: amf::Limits,
}

impl Settings {
    /// Creates the default settings for an application.
    #[must_use]
    pub fn new(app: impl Into<String>, tc_url: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            tc_url: tc_url.into(),
            flash_version: DEFAULT_FLASH_VERSION.to_owned(),
            properties: Object::new(),
            arguments: Vec::new(),
            reply_timeout: DEFAULT_REPLY_TIMEOUT,
            chunk_limits: chunk::Limits::default(),
            amf_limits: amf::Limits::default(),
        }
    }

    /// Returns `connect`'s command object (RTMP 1.0 §7.2.1.1), with the numbers that ffmpeg sends.
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
        for (name, value) in self.properties.iter() {
            object.push(name, value.clone());
        }
        object.into()
    }
}
