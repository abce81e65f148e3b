//! `onMetaData`: what a file says of itself, and what is said of it to those who play it.

use std::time::Duration;

use bytes::Bytes;

use crate::media::on_metadata::{ON_METADATA, on_metadata};
use crate::media::{audio, video};
use crate::protocol::amf::{Limits, Object, Value, amf0};

/// What encoders put before `onMetaData` on its way to a server; some servers recorded it too.
const SET_DATA_FRAME: &str = "@setDataFrame";
const DURATION: &str = "duration";
const AUDIO_CODEC: &str = "audiocodecid";
const VIDEO_CODEC: &str = "videocodecid";

/// What is known of a file's media from the media themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) duration: Duration,
    pub(super) video_codec: Option<video::Codec>,
    pub(super) audio_codec: Option<audio::Codec>,
}

/// The value of an `onMetaData`, where the body of a script tag is one.
pub(super) fn decode(body: &[u8]) -> Option<Value> {
    // A key-frame table of a day has more values than a command should: bound them by the bytes
    // there are, as the smallest value takes one.
    let defaults = Limits::default();
    let limits = Limits {
        values: defaults.values.max(body.len()),
        bytes: defaults.bytes.max(body.len()),
        ..defaults
    };
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

/// The body of the `onMetaData` to send to players.
///
/// It names the codecs of what the file has, and of nothing else, as FFmpeg waits for each track that
/// it is told of.
pub(super) fn encode_for_play(metadata: Option<&Value>, facts: Facts) -> Bytes {
    let told = metadata.and_then(Value::as_object);
    let audio = facts.audio_codec.map(audio::Codec::as_number);
    let video = facts.video_codec.map(video::Codec::as_number);

    let mut members = Object::new();
    for (name, value) in told.into_iter().flat_map(Object::iter) {
        let is_right = match name {
            DURATION => value.as_number().is_some_and(|seconds| seconds > 0.0),
            AUDIO_CODEC => audio.is_some(),
            VIDEO_CODEC => video.is_some(),
            _ => true,
        };
        if is_right {
            members.push(name, value.clone());
        }
    }
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

#[cfg(test)]
mod tests {
    use super::{Duration, Facts, Object, Value, amf0, decode, encode_for_play, video};

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

    #[test]
    fn what_a_file_says_rightly_is_kept() {
        let members = Object::new().with("duration", 1.48).with("videocodecid", 7.0);
        let told = Value::EcmaArray(members);
        assert_eq!(decode(&encode_for_play(Some(&told), FACTS)), Some(told));
    }

    #[test]
    fn a_file_that_says_nothing_is_described() {
        let value = decode(&encode_for_play(None, FACTS)).unwrap();
        let expected = Object::new().with("duration", 1.5).with("videocodecid", 7.0);
        assert_eq!(value, Value::EcmaArray(expected));
    }
}
