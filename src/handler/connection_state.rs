//! What is known of a connection, for its handlers and for its handles.

use std::sync::OnceLock;
use std::time::Instant;

use super::properties::Properties;
use super::{ConnectionFigures, PeerAddress, PropertyError, Statistics};
use crate::protocol::Carrier;
use crate::protocol::amf::{Object, PackedObject, TextPlace, Value};

/// What a member of an object takes without its texts, in bytes.
const MEMBER_BYTES: usize = 64;

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    pub(super) peer_address: PeerAddress,
    pub(super) transport: Carrier,
    opened: Instant,
    command_arguments: OnceLock<PackedArguments>,
    /// The same, if an application asked for it or it could not be packed.
    unpacked_arguments: OnceLock<Box<Object>>,
    properties: Properties,
}

/// The object of a connect command, and where it has the texts of [`Argument`]s.
#[derive(Debug)]
struct PackedArguments {
    object: PackedObject,
    texts: [TextPlace; Argument::NAMES.len()],
}

/// A text of the connect command that is asked for again and again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Argument {
    App,
    TcUrl,
    FlashVersion,
}

impl Argument {
    /// In the order of the variants.
    const NAMES: [&str; 3] = ["app", "tcUrl", "flashVer"];
}

impl ConnectionState {
    pub(super) fn new(peer_address: PeerAddress, transport: Carrier) -> Self {
        Self {
            peer_address,
            transport,
            opened: Instant::now(),
            command_arguments: OnceLock::new(),
            unpacked_arguments: OnceLock::new(),
            properties: Properties::default(),
        }
    }

    pub(super) fn set_command_arguments(&self, arguments: &Object) {
        // The session refuses a second connect command, so this is the first.
        let _ = match PackedObject::new(arguments) {
            Some(object) => {
                let texts = object.places(Argument::NAMES);
                self.command_arguments.set(PackedArguments { object, texts }).is_ok()
            }
            None => self.unpacked_arguments.set(Box::new(arguments.clone())).is_ok(),
        };
    }

    /// Returns the object of the connect command. If it is made for that, tells `takes` how much
    /// more memory it takes from now on, roughly, in bytes.
    pub(super) fn command_arguments(&self, takes: impl FnOnce(usize)) -> &Object {
        static NONE: Object = Object::new();
        let Some(packed) = self.command_arguments.get() else {
            return self.unpacked_arguments.get().map_or(&NONE, |object| object);
        };
        self.unpacked_arguments.get_or_init(|| {
            let object = Box::new(packed.object.unpack());
            takes(object_bytes(&object));
            object
        })
    }

    /// Returns how many bytes the connect command takes as it was kept.
    pub(super) fn arguments_bytes(&self) -> usize {
        match self.command_arguments.get() {
            Some(packed) => packed.object.len(),
            None => self.unpacked_arguments.get().map_or(0, |object| object_bytes(object)),
        }
    }

    /// Returns a text of the client's connect command. Returns an empty string if there is none.
    pub(super) fn text_argument(&self, argument: Argument) -> &str {
        let index = argument as usize;
        if let Some(PackedArguments { object, texts }) = self.command_arguments.get() {
            return object.text_at(texts[index]);
        }
        let arguments = self.unpacked_arguments.get();
        let value = arguments.and_then(|arguments| arguments.get(Argument::NAMES[index]));
        value.and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn property(&self, key: &str) -> Option<Value> {
        match key {
            "transport" => Some(self.transport.as_str().into()),
            _ => self.properties.value(key),
        }
    }

    pub(super) fn set_property(&self, key: &str, value: Value) -> Result<(), PropertyError> {
        self.properties.set(key, value)
    }

    /// Returns the figures of the server with the uptime.
    pub(super) fn figures(&self, figures: ConnectionFigures) -> ConnectionFigures {
        ConnectionFigures { uptime: self.opened.elapsed(), ..figures }
    }

    /// Returns the figures by name, with what the client is.
    pub(super) fn statistics(&self, figures: ConnectionFigures) -> Statistics {
        Statistics::default()
            .with("peer_address", self.peer_address.to_string())
            .with("transport", self.transport.as_str())
            .with("app", self.text_argument(Argument::App))
            .with("tc_url", self.text_argument(Argument::TcUrl))
            .with("flash_version", self.text_argument(Argument::FlashVersion))
            .and(self.figures(figures))
    }
}

/// Returns how much memory an object takes, roughly.
fn object_bytes(object: &Object) -> usize {
    object.iter().map(|(name, value)| MEMBER_BYTES + name.len() + value_bytes(value)).sum()
}

/// Returns how much memory a value takes, roughly, without what each member takes.
fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) | Value::Xml(text) => text.len(),
        Value::ByteArray(bytes) => bytes.len(),
        Value::Object(object) | Value::EcmaArray(object) => object_bytes(object),
        Value::StrictArray(values) => {
            values.iter().map(|value| MEMBER_BYTES + value_bytes(value)).sum()
        }
        _ => MEMBER_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn state(arguments: &Object) -> ConnectionState {
        let state = ConnectionState::new(PeerAddress::Unix, Carrier::Rtmp);
        state.set_command_arguments(arguments);
        state
    }

    #[test]
    fn texts_are_the_same_however_the_command_is_kept() {
        let packed =
            Object::new().with("app", "live").with("flashVer", 9).with("tcUrl", "rtmp://a");
        let as_it_was = packed.clone().with("since", Value::Integer(1));
        for arguments in [packed, as_it_was] {
            let state = state(&arguments);
            assert_eq!(state.text_argument(Argument::App), "live");
            assert_eq!(state.text_argument(Argument::TcUrl), "rtmp://a");
            assert_eq!(state.text_argument(Argument::FlashVersion), "");
            assert_eq!(*state.command_arguments(|_| ()), arguments);
        }
    }

    #[test]
    fn what_is_unpacked_is_counted_once_and_then() {
        let state = state(&Object::new().with("app", "x".repeat(1000)));
        let (kept, taken) = (state.arguments_bytes(), Cell::new(0));
        for _ in 0..2 {
            state.command_arguments(|bytes| taken.set(taken.get() + bytes));
        }
        assert_eq!(taken.get(), MEMBER_BYTES + 3 + 1000);
        assert_eq!(state.arguments_bytes(), kept);
    }
}
