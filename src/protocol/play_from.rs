//! Where a play starts, as players send it and servers read it.

use std::time::Duration;

use crate::protocol::amf::Value;

/// Where a play starts.
///
/// The specification counts in seconds. ffmpeg, librtmp and Flash send milliseconds, so numbers are
/// milliseconds here, for reading and for writing.
///
/// ```
/// use rendercast::{PlayFrom, PlayRequest, Refusal};
///
/// /// For a server that has recordings and nothing else.
/// fn check(request: &PlayRequest) -> Result<(), Refusal> {
///     match request.from {
///         PlayFrom::Live => Err(Refusal::stream_not_found(&request.stream_name)),
///         _ => Ok(()),
///     }
/// }
/// # assert!(check(&PlayRequest::default()).is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlayFrom {
    /// The live stream of that name, or the recorded one from its beginning if none is live. On the
    /// wire -2, -2000, any other negative number, or no number at all.
    #[default]
    Any,
    /// The live stream only. On the wire -1 or -1000.
    Live,
    /// This position in the recorded stream, in whole milliseconds. librtmp always sends 0, for
    /// live streams too.
    At(Duration),
}

impl PlayFrom {
    /// Returns the number that a `play` command carries: milliseconds, -1 or -2.
    #[must_use]
    pub fn encode(self) -> Value {
        match self {
            Self::Any => Value::Number(-2.0),
            Self::Live => Value::Number(-1.0),
            Self::At(position) => Value::Number(position.as_millis() as f64),
        }
    }

    /// Reads the number of a `play` command. A missing value, or one that is no number, is
    /// [`PlayFrom::Any`].
    #[must_use]
    pub fn parse(value: Option<&Value>) -> Self {
        match value.and_then(Value::as_number) {
            Some(-1.0 | -1_000.0) => Self::Live,
            Some(start) if start >= 0.0 => Self::At(Duration::from_millis(start as u64)),
            _ => Self::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(milliseconds: u64) -> PlayFrom {
        PlayFrom::At(Duration::from_millis(milliseconds))
    }

    #[test]
    fn each_start_is_read_as_it_is_written() {
        for (from, number) in [
            (PlayFrom::Any, -2.0),
            (PlayFrom::Live, -1.0),
            (at(0), 0.0),
            (at(1), 1.0),
            (at(5_250), 5_250.0),
            (at(1 << 53), 9_007_199_254_740_992.0),
        ] {
            let value = Value::Number(number);
            assert_eq!(from.encode(), value, "{from:?}");
            assert_eq!(PlayFrom::parse(Some(&value)), from, "{number}");
        }
    }

    #[test]
    fn starts_are_read_as_clients_mean_them() {
        for (value, expected) in [
            (Some(Value::Number(-2_000.0)), PlayFrom::Any),
            (Some(Value::Number(-1_000.0)), PlayFrom::Live),
            (Some(Value::Number(-0.5)), PlayFrom::Any),
            (Some(Value::Number(1.9)), at(1)),
            (Some(Value::Number(f64::NAN)), PlayFrom::Any),
            (Some(Value::Number(f64::INFINITY)), at(u64::MAX)),
            (Some(Value::from("5000")), PlayFrom::Any),
            (Some(Value::Null), PlayFrom::Any),
            (None, PlayFrom::Any),
        ] {
            assert_eq!(PlayFrom::parse(value.as_ref()), expected, "{value:?}");
        }
    }

    #[test]
    fn a_fraction_of_a_millisecond_is_not_sent() {
        let from = PlayFrom::At(Duration::from_micros(1_999));
        assert_eq!(from.encode(), Value::Number(1.0));
    }
}
