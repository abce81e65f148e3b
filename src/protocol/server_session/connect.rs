//! How a client introduces itself.

use crate::protocol::amf::Value;

/// A `connect` command (RTMP 1.0 §7.2.1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Connect {
    /// What the client says of itself.
    pub command_object: Value,
    /// What the application on the client's side added.
    pub arguments: Vec<Value>,
}

impl Connect {
    /// The application: the URL's path, up to a point on which clients do not agree. It may be
    /// empty, end in a slash, and carry a query; OBS puts the whole path here.
    #[must_use]
    pub fn app(&self) -> &str {
        self.text("app").unwrap_or_default()
    }

    /// The URL that the client connects to; not all clients tell.
    #[must_use]
    pub fn tc_url(&self) -> Option<&str> {
        self.text("tcUrl")
    }

    /// What the client is, as "LNX 9,0,124,2" or "FMLE/3.0 (compatible; FMSc/1.0)".
    #[must_use]
    pub fn flash_ver(&self) -> Option<&str> {
        self.text("flashVer")
    }

    /// The page that the client runs in.
    #[must_use]
    pub fn page_url(&self) -> Option<&str> {
        self.text("pageUrl")
    }

    /// The Flash program that the client is.
    #[must_use]
    pub fn swf_url(&self) -> Option<&str> {
        self.text("swfUrl")
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.command_object.get(name).and_then(Value::as_str)
    }
}
