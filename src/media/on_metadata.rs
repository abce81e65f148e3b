//! `onMetaData`: what players are told of a stream ahead of its media.

use bytes::Bytes;

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

/// The kinds of media of which an `onMetaData` names the codec.
#[cfg(feature = "web")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedMedia {
    pub(crate) audio: bool,
    pub(crate) video: bool,
}

#[cfg(feature = "web")]
impl NamedMedia {
    /// Decodes the body of an `onMetaData`.
    pub(crate) fn of(body: &[u8]) -> Self {
        let Some(members) = members(body) else { return Self::default() };
        let names = |codec| matches!(members.get(codec), Some(Value::Number(_) | Value::String(_)));
        Self { audio: names("audiocodecid"), video: names("videocodecid") }
    }
}

#[cfg(all(test, feature = "web"))]
mod tests {
    use super::{NamedMedia, on_metadata};
    use crate::protocol::amf::{Object, Value};

    #[test]
    fn a_codec_is_named_by_a_number_or_a_text() {
        let none = NamedMedia::default();
        let table = [
            (Object::new(), none),
            (Object::new().with("audiocodecid", 10), NamedMedia { audio: true, ..none }),
            (Object::new().with("videocodecid", "avc1"), NamedMedia { video: true, ..none }),
            (Object::new().with("audiocodecid", Value::Null).with("width", 640), none),
        ];
        for (members, named) in table {
            let body = on_metadata(members);
            assert_eq!(NamedMedia::of(&body), named);
            assert_eq!(NamedMedia::of(&body[..body.len() - 1]), none, "cut off");
        }
    }
}
