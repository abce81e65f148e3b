//! The `play` and `play2` commands.

use std::time::Duration;

use crate::protocol::amf::Value;
use crate::protocol::{MessageStreamId, PlayFrom};

/// A `play` command (RTMP 1.0 §7.2.2.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    /// The stream that the media must be sent on.
    pub stream: MessageStreamId,
    /// What to play: the rest of the URL's path, perhaps with a query, perhaps after `mp4:`, `mp3:`
    /// or `flv:`. May be empty. A longer one than
    /// [`stream_name_bytes`](super::Config::stream_name_bytes) is refused.
    pub name: String,
    /// Where to start.
    pub from: PlayFrom,
    /// How much to play. `None` means all.
    pub duration: Option<Duration>,
    /// True to replace what is playing, false to play after it.
    pub reset: bool,
}

/// A `play2` command: a switch to another stream, or to another rendition of the same (RTMP 1.0
/// §7.2.2.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Play2 {
    /// The stream that the media must be sent on.
    pub stream: MessageStreamId,
    /// What to play.
    pub name: String,
    /// The name that it replaces.
    pub old_name: Option<String>,
    /// How: `switch`, `swap`, `append`, `appendAndWait`, `reset`, `resume` or `stop`.
    pub transition: String,
    /// Where to start.
    pub from: PlayFrom,
    /// How much to play. `None` means all.
    pub duration: Option<Duration>,
}

/// What a client learns when its playback starts.
#[derive(Clone, Copy, Debug)]
pub struct PlayStart<'a> {
    /// The name of what is played.
    pub name: &'a str,
    /// True if it is recorded, false if it is live.
    pub recorded: bool,
    /// True if it replaces what was playing, as in [`Play::reset`].
    pub reset: bool,
}

impl Play {
    pub(super) fn parse(stream: MessageStreamId, arguments: &[Value]) -> Self {
        Self {
            stream,
            name: text(arguments.first()).unwrap_or_default(),
            from: PlayFrom::parse(arguments.get(1)),
            duration: duration(arguments.get(2)),
            reset: arguments.get(3).and_then(truth).unwrap_or(true),
        }
    }
}

impl Play2 {
    pub(super) fn parse(stream: MessageStreamId, arguments: &[Value]) -> Self {
        let option = |name| arguments.first().and_then(|options| options.get(name));
        Self {
            stream,
            name: text(option("streamName")).unwrap_or_default(),
            old_name: text(option("oldStreamName")).filter(|name| !name.is_empty()),
            transition: text(option("transition")).unwrap_or_default(),
            from: PlayFrom::parse(option("start")),
            duration: duration(option("len")),
        }
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

fn duration(value: Option<&Value>) -> Option<Duration> {
    value.and_then(Value::as_number).filter(|length| *length > 0.0).map(milliseconds)
}

/// Flash sends numbers for booleans too.
fn truth(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_number().map(|number| number != 0.0))
}

fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::amf::Object;

    const STREAM: MessageStreamId = MessageStreamId(1);

    #[test]
    fn missing_arguments_ask_for_all_at_once() {
        let play = Play::parse(STREAM, &[Value::from("sea")]);
        let expected = Play {
            stream: STREAM,
            name: "sea".to_owned(),
            from: PlayFrom::Any,
            duration: None,
            reset: true,
        };
        assert_eq!(play, expected);
    }

    #[test]
    fn durations_of_nothing_mean_all() {
        for (length, expected) in
            [(-1.0, None), (0.0, None), (f64::NAN, None), (2_000.0, Some(Duration::from_secs(2)))]
        {
            let arguments = [Value::from("sea"), Value::Number(-2.0), Value::Number(length)];
            assert_eq!(Play::parse(STREAM, &arguments).duration, expected, "{length}");
        }
    }

    #[test]
    fn reset_is_a_boolean_or_a_number() {
        for (reset, expected) in [
            (Value::from(false), false),
            (Value::from(true), true),
            (Value::from(0.0), false),
            (Value::from(1.0), true),
            (Value::Null, true),
        ] {
            let arguments = [Value::from("sea"), Value::Null, Value::Null, reset.clone()];
            assert_eq!(Play::parse(STREAM, &arguments).reset, expected, "{reset:?}");
        }
    }

    #[test]
    fn play2_reads_its_options() {
        let options = Object::new()
            .with("streamName", "sea_low")
            .with("oldStreamName", "sea")
            .with("transition", "switch")
            .with("start", -2_000)
            .with("len", -1);
        let expected = Play2 {
            stream: STREAM,
            name: "sea_low".to_owned(),
            old_name: Some("sea".to_owned()),
            transition: "switch".to_owned(),
            from: PlayFrom::Any,
            duration: None,
        };
        assert_eq!(Play2::parse(STREAM, &[Value::from(options)]), expected);
    }
}
