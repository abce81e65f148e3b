//! `onMetaData`: what players are told of a stream ahead of its media.

use bytes::Bytes;

use crate::protocol::amf::{Object, Value, amf0};

/// The name that metadata go by.
pub(super) const ON_METADATA: &str = "onMetaData";

/// The body of a script tag that tells players `members`: an ECMA array, as FFmpeg takes nothing
/// else for metadata.
pub(crate) fn on_metadata(members: Object) -> Bytes {
    let mut body = Vec::new();
    amf0::encode(&ON_METADATA.into(), &mut body);
    amf0::encode(&Value::EcmaArray(members), &mut body);
    body.into()
}

/// Returns whether the body of a script tag is an `onMetaData`.
pub(super) fn is_on_metadata(body: &[u8]) -> bool {
    // A string marker and a length of two bytes stand before the name (AMF0 §2.4).
    body.strip_prefix(b"\x02\x00\x0a").is_some_and(|rest| rest.starts_with(ON_METADATA.as_bytes()))
}
