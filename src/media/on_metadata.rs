//! `onMetaData`: what players are told of a stream ahead of its media.

use bytes::Bytes;

#[cfg(feature = "web")]
use super::TagKind;
use crate::protocol::amf::{Limits, Object, Value, amf0};

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

/// Returns the members of an `onMetaData`.
pub(super) fn members(body: &[u8]) -> Option<Value> {
    let mut values = amf0::Decoder::new(body, Limits::default());
    values.decode().ok()??;
    values.decode().ok()?
}

/// Returns whether an `onMetaData` names a codec of this kind.
#[cfg(feature = "web")]
pub(crate) fn names_codec_of(body: &[u8], kind: TagKind) -> bool {
    let name = match kind {
        TagKind::Audio => "audiocodecid",
        TagKind::Video => "videocodecid",
        TagKind::Script => return false,
    };
    let Some(members) = members(body) else { return false };
    matches!(members.get(name), Some(Value::Number(_) | Value::String(_)))
}
