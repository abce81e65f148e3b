//! What is known of a connection, for its handlers and for its handles.

use std::sync::OnceLock;
use std::time::Instant;

use super::properties::Properties;
use super::{ConnectionFigures, PeerAddress, PropertyError, Statistics};
use crate::protocol::Carrier;
use crate::protocol::amf::{Object, PackedObject, Value};

/// What a member of an object takes without its texts, in bytes.
const MEMBER_BYTES: usize = 64;

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    pub(super) peer_address: PeerAddress,
    pub(super) transport: Carrier,
    opened: Instant,
    command_arguments: OnceLock<PackedObject>,
    /// The same, if an application asked for it or it could not be packed.
    unpacked_arguments: OnceLock<Box<Object>>,
    properties: Properties,
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
            Some(packed) => self.command_arguments.set(packed).is_ok(),
            None => self.unpacked_arguments.set(Box::new(arguments.clone())).is_ok(),
        };
    }

    pub(super) fn command_arguments(&self) -> &Object {
        static NONE: Object = Object::new();
        match self.command_arguments.get() {
            Some(packed) => self.unpacked_arguments.get_or_init(|| Box::new(packed.unpack())),
            None => self.unpacked_arguments.get().map_or(&NONE, |object| object),
        }
    }

    /// Returns how many bytes the connect command takes.
    pub(super) fn arguments_bytes(&self) -> usize {
        let packed = self.command_arguments.get().map_or(0, PackedObject::len);
        packed + self.unpacked_arguments.get().map_or(0, |object| object_bytes(object))
    }

    /// Returns a member of the client's connect command that is text. Returns an empty string if
    /// there is none.
    pub(super) fn text_argument(&self, name: &str) -> &str {
        let text = match self.command_arguments.get() {
            Some(packed) => packed.text(name),
            None => {
                self.unpacked_arguments.get().and_then(|it| it.get(name)).and_then(Value::as_str)
            }
        };
        text.unwrap_or_default()
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
            .with("app", self.text_argument("app"))
            .with("tc_url", self.text_argument("tcUrl"))
            .with("flash_version", self.text_argument("flashVer"))
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
