//! `onMetaData`: reads that of a file, and makes the one that is sent to its players.

use std::time::Duration;

use bytes::Bytes;

use crate::media::on_metadata::{ON_METADATA, on_metadata};
use crate::media::{audio, video};
use crate::protocol::amf::{Limits, Object, Value, amf0};

/// The name that encoders put before `onMetaData` when they publish. Some servers record it too.
const SET_DATA_FRAME: &str = "@setDataFrame";
const DURATION: &str = "duration";
const AUDIO_CODEC: &str = "audiocodecid";
const VIDEO_CODEC: &str = "videocodecid";

/// The most bytes of names and values that are sent to players. An AMF0 text ends at 64 KiB, and
/// metadata of that size delay the first frame.
const MAX_BYTES: usize = 16 * 1024;
/// The most members of a file's metadata that are considered.
const MAX_MEMBERS: usize = 512;

/// The most values that are decoded. A table of a week's key frames, one a second, has as many; a
/// command may have fewer. Each takes some 30 bytes of memory for a moment.
const MAX_VALUES: usize = 1 << 20;

/// A duration in a file's metadata is right if it is so close to the measured one. Writers differ
/// in whether the last frame counts, and rtmpdump compares its last timestamp with the duration.
const DURATION_TOLERANCE: Duration = Duration::from_millis(250);

/// What the index found out about a file's media.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) duration: Duration,
    pub(crate) video_codec: Option<video::Codec>,
    pub(crate) audio_codec: Option<audio::Codec>,
}

/// Returns whether the body of a script tag is an `onMetaData`. Does not check its value.
pub(super) fn is_metadata(body: &[u8]) -> bool {
    let body = after_name(body, SET_DATA_FRAME).unwrap_or(body);
    after_name(body, ON_METADATA).is_some()
}

/// Returns what follows the AMF0 text `name` at the front of `body`.
///
/// A decoder would take a page of the stack of each frame loop, which reads every script tag.
fn after_name<'a>(body: &'a [u8], name: &str) -> Option<&'a [u8]> {
    const STRING: u8 = 2;
    let length = u16::try_from(name.len()).ok()?;
    let text = body.strip_prefix(&[STRING])?.strip_prefix(&length.to_be_bytes())?;
    text.strip_prefix(name.as_bytes())
}

/// Returns the value of an `onMetaData`. Returns `None` if the body of a script tag is none.
pub(super) fn decode(body: &[u8]) -> Option<Value> {
    let defaults = Limits::default();
    let (values, bytes) = (MAX_VALUES, defaults.bytes.max(body.len()));
    let limits = defaults.values(values).bytes(bytes);
    let mut decoder = amf0::Decoder::new(body, limits);
    let mut name = decoder.decode().ok()??;
    if name.as_str() == Some(SET_DATA_FRAME) {
        name = decoder.decode().ok()??;
    }
    if name.as_str() != Some(ON_METADATA) {
        return None;
    }
    decoder.decode().ok()?.filter(|value| value.as_object().is_some())
}

/// Returns the members of an `onMetaData`. Returns `None` if the body of a script tag is none.
pub(crate) fn members_of_metadata(body: &[u8]) -> Option<Object> {
    decode(body)?.as_object().cloned()
}

/// Keeps what every player reads: numbers, booleans and texts, up to [`MAX_BYTES`]. FFmpeg and
/// MediaMTX give up at other types. Tables of key frames mean nothing to a player of RTMP.
pub(super) fn plain(metadata: &Value) -> Value {
    let members = metadata.as_object().into_iter().flat_map(Object::iter);
    Value::EcmaArray(plain_members(members, |_, _| true))
}

/// Makes the body of the `onMetaData` to send to players, of [`plain`] metadata.
///
/// - The duration is the file's own if it is about the measured one, and the measured one
///   otherwise.
/// - It names the codecs of the tracks that exist and of no others, since FFmpeg waits for each
///   track that is named.
pub(crate) fn encode_for_play(metadata: Option<&Value>, facts: Facts) -> Bytes {
    let told = metadata.and_then(Value::as_object);
    let audio = facts.audio_codec.map(audio::Codec::as_number);
    let video = facts.video_codec.map(video::Codec::as_number);

    let is_right = |name: &str, value: &Value| match name {
        DURATION => is_about(value, facts.duration),
        AUDIO_CODEC => audio.is_some(),
        VIDEO_CODEC => video.is_some(),
        _ => true,
    };
    let mut members = plain_members(told.into_iter().flat_map(Object::iter), is_right);
    if members.get(DURATION).is_none() && !facts.duration.is_zero() {
        members.push(DURATION, facts.duration.as_secs_f64());
    }
    for (name, codec) in [(AUDIO_CODEC, audio), (VIDEO_CODEC, video)] {
        if let Some(codec) = codec
            && members.get(name).is_none()
        {
            members.push(name, codec);
        }
    }

    on_metadata(members)
}

/// Returns those of the first members that every player reads and that are wanted.
pub(super) fn plain_members<'a>(
    members: impl Iterator<Item = (&'a str, &'a Value)>,
    is_wanted: impl Fn(&str, &Value) -> bool,
) -> Object {
    let mut plain = Object::new();
    let mut bytes = 0_usize;
    for (name, value) in members.take(MAX_MEMBERS) {
        let size = plain_size(value).filter(|_| is_wanted(name, value));
        let Some(size) = size.map(|size| size.saturating_add(name.len())) else { continue };
        if bytes.saturating_add(size) <= MAX_BYTES && plain.get(name).is_none() {
            bytes = bytes.saturating_add(size);
            plain.push(name, value.clone());
        }
    }
    plain
}

fn is_about(value: &Value, duration: Duration) -> bool {
    value
        .as_number()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .is_some_and(|told| told.abs_diff(duration) <= DURATION_TOLERANCE && !told.is_zero())
}

/// Returns the size of a value that every player reads, in bytes. Returns `None` for all others.
fn plain_size(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => number.is_finite().then_some(size_of::<f64>()),
        Value::Boolean(_) => Some(1),
        Value::String(text) => Some(text.len()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Facts, Object, Value, amf0, decode, encode_for_play, plain, video};
    use crate::protocol::amf::Date;

    fn body(values: &[Value]) -> Vec<u8> {
        let mut body = Vec::new();
        for value in values {
            amf0::encode(value, &mut body);
        }
        body
    }

    const FACTS: Facts = Facts {
        duration: Duration::from_millis(1500),
        video_codec: Some(video::Codec::Classic(video::CodecId::AVC)),
        audio_codec: None,
    };

    #[test]
    fn arrays_and_objects_are_taken_also_behind_set_data_frame() {
        let members = Object::new().with("width", 640.0);
        for value in [Value::EcmaArray(members.clone()), Value::Object(members)] {
            assert_eq!(decode(&body(&["onMetaData".into(), value.clone()])), Some(value.clone()));
            let wrapped = body(&["@setDataFrame".into(), "onMetaData".into(), value.clone()]);
            assert_eq!(decode(&wrapped), Some(value));
        }
    }

    #[test]
    fn what_is_no_metadata_is_none() {
        for values in
            [vec![], vec!["onMetaData".into()], vec!["onCuePoint".into(), Object::new().into()]]
        {
            assert_eq!(decode(&body(&values)), None, "{values:?}");
        }
        assert_eq!(decode(b"\x02\0\x0aonMetaData\x08\0"), None);
    }

    #[test]
    fn players_are_told_of_the_tracks_there_are_and_of_the_duration() {
        let told = Value::Object(
            Object::new().with("duration", 0.0).with("audiocodecid", 10.0).with("title", "a"),
        );
        let value = decode(&encode_for_play(Some(&told), FACTS)).unwrap();
        let expected =
            Object::new().with("title", "a").with("duration", 1.5).with("videocodecid", 7.0);
        assert_eq!(value, Value::EcmaArray(expected));
    }

    fn sent(members: Object) -> Object {
        let told = plain(&Value::EcmaArray(members));
        match decode(&encode_for_play(Some(&told), FACTS)) {
            Some(Value::EcmaArray(members)) => members,
            other => panic!("{other:?} is no ECMA array"),
        }
    }

    #[test]
    fn players_get_the_measured_duration_instead_of_a_wrong_one() {
        for wrong in [0.0, 1.0, -4.0, 2_147_483_630.0, f64::INFINITY, f64::NAN] {
            let members = sent(Object::new().with("duration", wrong));
            assert_eq!(members.get("duration"), Some(&Value::Number(1.5)), "{wrong}");
        }
        for right in [1.5, 1.46, 1.54] {
            let members = sent(Object::new().with("duration", right));
            assert_eq!(members.get("duration"), Some(&Value::Number(right)), "{right}");
        }
        let text = sent(Object::new().with("duration", "long"));
        assert_eq!(text.get("duration"), Some(&Value::Number(1.5)));
    }

    #[test]
    fn players_get_plain_values_alone() {
        let plain = [
            ("width", Value::Number(640.0)),
            ("stereo", Value::Boolean(true)),
            ("encoder", Value::from("Lavf")),
        ];
        let table = Object::new().with("times", vec![Value::Number(0.0)]);
        let others = [
            ("a", Value::Undefined),
            ("b", Value::Null),
            ("c", Value::Xml("<a/>".to_owned())),
            ("d", Value::Date(Date { unix_milliseconds: 0.0, time_zone_minutes: 0 })),
            ("f", Value::Object(table.clone())),
            ("keyframes", Value::EcmaArray(table)),
            ("g", Value::StrictArray(vec![Value::Number(1.0)])),
            ("h", Value::Number(f64::NAN)),
            ("i", Value::from("x".repeat(70_000))),
        ];
        let mut members = Object::new();
        for (name, value) in plain.iter().cloned().chain(others) {
            members.push(name, value);
        }
        let sent = sent(members);
        let names: Vec<&str> = sent.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["width", "stereo", "encoder", "duration", "videocodecid"]);
    }

    #[test]
    fn metadata_of_many_small_members_stay_small() {
        let mut members = Object::new();
        for number in 0..5_000 {
            members.push(format!("member{number}"), f64::from(number));
        }
        let members = plain(&Value::EcmaArray(members));
        assert!(encode_for_play(Some(&members), FACTS).len() < 20_000);
    }

    #[test]
    fn a_file_that_says_nothing_is_described() {
        let value = decode(&encode_for_play(None, FACTS)).unwrap();
        let expected = Object::new().with("duration", 1.5).with("videocodecid", 7.0);
        assert_eq!(value, Value::EcmaArray(expected));
    }
}
