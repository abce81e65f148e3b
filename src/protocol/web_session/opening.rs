//! The HTTP request that a session begins with.

use crate::protocol::amf::Object;

/// How the client is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With FLV in the body of the response.
    Http {
        /// Whether the body is in chunks. Otherwise it lasts until the close.
        is_chunked: bool,
    },
    /// With the frames of a WebSocket.
    WebSocket {
        /// The value of `Sec-WebSocket-Accept`.
        accept: String,
    },
}

/// The HTTP request that a session begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// How the client is answered.
    pub kind: Kind,
    /// What the session connects with: `app`, `tcUrl` and others.
    pub properties: Object,
    /// The stream to play at once, with its query. `None` leaves the choice to the client's texts.
    pub stream: Option<String>,
    /// Further fields of the response.
    pub fields: Vec<(&'static str, String)>,
}
