//! What clients and servers say at `connect` of Enhanced RTMP.

use std::sync::LazyLock;

use crate::protocol::amf::{Object, Value};

/// `capsEx`: asks to connect again are understood.
const RECONNECT: u32 = 1;
/// `capsEx`: messages with several tracks are understood.
const MULTITRACK: u32 = 2;
/// `capsEx`: modifiers of packets are understood.
const MODIFIERS: u32 = 4;
/// `capsEx`: timestamps in nanoseconds are understood.
const NANOSECONDS: u32 = 8;

/// The bit of a codec that can be forwarded (`videoFourCcInfoMap`, `audioFourCcInfoMap`).
const CAN_FORWARD: u32 = 4;

/// The members that announce Enhanced RTMP.
const MEMBERS: [&str; 4] = ["fourCcList", "videoFourCcInfoMap", "audioFourCcInfoMap", "capsEx"];

/// What a peer says at `connect` of Enhanced RTMP (v2, "Enhancing NetConnection connect Command").
///
/// Many peers that know enhanced codecs announce nothing, OBS and the players of FFmpeg among them.
/// So a codec is never withheld because it was not announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    caps_ex: u32,
    is_enhanced: bool,
}

impl Capabilities {
    /// Reads the command object of a `connect`, or an object of its answer.
    #[must_use]
    pub fn read(object: &Value) -> Self {
        let caps_ex = object.get("capsEx").and_then(Value::as_number).unwrap_or_default();
        let is_enhanced = MEMBERS.iter().any(|name| object.get(name).is_some());
        // Numbers that are too large or no numbers at all become the nearest bits, or none.
        Self { caps_ex: caps_ex as u32, is_enhanced }
    }

    /// Returns whether the peer announces anything of Enhanced RTMP.
    #[must_use]
    pub const fn is_enhanced(self) -> bool {
        self.is_enhanced
    }

    /// Returns whether the peer obeys `NetConnection.Connect.ReconnectRequest`.
    #[must_use]
    pub const fn reconnects(self) -> bool {
        self.caps_ex & RECONNECT != 0
    }

    /// Returns whether the peer can read messages with several tracks.
    #[must_use]
    pub const fn has_multitrack(self) -> bool {
        self.caps_ex & MULTITRACK != 0
    }

    /// Returns the members by which this crate announces itself: all codecs are forwarded, and all
    /// of `capsEx` is understood.
    #[must_use]
    pub fn announcement() -> &'static Object {
        static ANNOUNCEMENT: LazyLock<Object> = LazyLock::new(|| {
            let all = Value::StrictArray(vec!["*".into()]);
            let forwarded = || Value::Object(Object::with_capacity(1).with("*", CAN_FORWARD));
            Object::with_capacity(MEMBERS.len())
                .with("fourCcList", all)
                .with("videoFourCcInfoMap", forwarded())
                .with("audioFourCcInfoMap", forwarded())
                .with("capsEx", RECONNECT | MULTITRACK | MODIFIERS | NANOSECONDS)
        });
        &ANNOUNCEMENT
    }
}

#[cfg(test)]
mod tests {
    use super::Capabilities;
    use crate::protocol::amf::{Object, Value};

    #[test]
    fn what_this_crate_announces_is_understood() {
        let announced = Capabilities::read(&Value::Object(Capabilities::announcement().clone()));
        assert!(announced.is_enhanced() && announced.reconnects() && announced.has_multitrack());
    }

    #[test]
    fn bits_are_read_one_by_one_and_odd_values_are_none() {
        for (value, reconnects, has_multitrack) in [
            (Value::from(0), false, false),
            (Value::from(1), true, false),
            (Value::from(2), false, true),
            (Value::from(13), true, false),
            (Value::from("15"), false, false),
            (Value::Number(f64::NAN), false, false),
            (Value::Number(-1.0), false, false),
            (Value::Number(f64::INFINITY), true, true),
        ] {
            let object = Value::Object(Object::new().with("capsEx", value.clone()));
            let read = Capabilities::read(&object);
            assert!(read.is_enhanced());
            assert_eq!((read.reconnects(), read.has_multitrack()), (reconnects, has_multitrack));
        }
        let plain = Value::Object(Object::new().with("app", "live").with("videoFunction", 1));
        assert_eq!(Capabilities::read(&plain), Capabilities::default());
        assert_eq!(Capabilities::read(&Value::Null), Capabilities::default());
    }
}
