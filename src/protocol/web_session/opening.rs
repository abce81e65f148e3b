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
    /// With one picture, or with one after the other.
    Picture {
        /// The type of the pictures.
        image_type: ImageType,
        /// Whether the first picture is followed by others, each in a part of the response.
        is_moving: bool,
        /// Whether the client gets the picture itself, and not the head of the response alone.
        has_body: bool,
    },
}

/// A type of image files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageType {
    /// PNG.
    Png,
    /// JPEG.
    #[cfg(feature = "jpeg")]
    Jpeg,
}

impl ImageType {
    /// Returns what an HTTP response says of it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            #[cfg(feature = "jpeg")]
            Self::Jpeg => "image/jpeg",
        }
    }
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
