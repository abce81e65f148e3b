//! Requests that become a connection of their own: FLV over HTTP, and WebSockets.

use super::origin::Origin;
use super::path::Path;
use crate::protocol::amf::Object;
use crate::protocol::http::{Head, Method};
use crate::protocol::web_session::{ImageType, Kind, Opening};

/// The ending of a path that asks for FLV.
pub(super) const FLV: &str = ".flv";

/// What a path asks for that has an ending of pictures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    pub(super) ending: &'static str,
    image_type: ImageType,
    is_moving: bool,
}

pub(super) const PICTURES: &[Picture] = &[
    Picture { ending: ".png", image_type: ImageType::Png, is_moving: false },
    #[cfg(feature = "jpeg")]
    Picture { ending: ".jpg", image_type: ImageType::Jpeg, is_moving: false },
    #[cfg(feature = "jpeg")]
    Picture { ending: ".mjpeg", image_type: ImageType::Jpeg, is_moving: true },
];

/// What a client's software calls itself, if it says nothing.
const NO_NAME: &str = "";

/// Returns what a session begins with that sends FLV over HTTP.
pub(super) fn flv(head: &Head, path: &Path, stream: String, is_secure: bool) -> Opening {
    Opening {
        kind: Kind::Http { is_chunked: !head.is_version_1_0() },
        properties: properties(head, path, if is_secure { "https" } else { "http" }),
        stream: Some(stream),
        fields: vec![],
    }
}

/// Returns what a session begins with that sends pictures.
pub(super) fn picture(
    head: &Head,
    path: &Path,
    stream: String,
    picture: Picture,
    is_secure: bool,
) -> Opening {
    let Picture { image_type, is_moving, .. } = picture;
    let kind = Kind::Picture { image_type, is_moving, has_body: head.method() != Method::Head };
    Opening { kind, ..flv(head, path, stream, is_secure) }
}

/// Returns what a session begins with that speaks WebSocket. It plays `stream` at once, if there is
/// one.
pub(super) fn websocket(
    head: &Head,
    path: &Path,
    stream: Option<String>,
    accept: String,
    is_secure: bool,
) -> Opening {
    Opening {
        kind: Kind::WebSocket { accept },
        properties: properties(head, path, if is_secure { "wss" } else { "ws" }),
        stream,
        fields: vec![],
    }
}

/// Lets the page of `origin` read the response.
pub(super) fn for_origin(mut opening: Opening, origin: Origin<'_>) -> Opening {
    opening.fields = origin.response_fields();
    opening
}

/// Returns what an RTMP client would say in its connect command.
fn properties(head: &Head, path: &Path, scheme: &str) -> Object {
    let host = head.text_field("Host").unwrap_or_default();
    let query = head.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut properties = Object::with_capacity(3)
        .with("app", path.app.as_str())
        .with("tcUrl", format!("{scheme}://{host}/{}{query}", path.app))
        .with("flashVer", head.text_field("User-Agent").unwrap_or(NO_NAME));
    for (name, field) in [("pageUrl", "Referer"), ("origin", "Origin"), ("cookie", "Cookie")] {
        if let Some(value) = head.text_field(field) {
            properties.push(name, value);
        }
    }
    properties
}
