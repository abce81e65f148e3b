//! What is known of a connection, for its handlers and for its handles.

use std::sync::OnceLock;
use std::time::Instant;

use super::properties::Properties;
use super::{ConnectionFigures, PeerAddress, PropertyError, Statistics};
use crate::protocol::Carrier;
use crate::protocol::amf::{Object, Value};

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    pub(super) peer_address: PeerAddress,
    pub(super) transport: Carrier,
    opened: Instant,
    command_arguments: OnceLock<Object>,
    properties: Properties,
}

impl ConnectionState {
    pub(super) fn new(peer_address: PeerAddress, transport: Carrier) -> Self {
        Self {
            peer_address,
            transport,
            opened: Instant::now(),
            command_arguments: OnceLock::new(),
            properties: Properties::default(),
        }
    }

    pub(super) fn set_command_arguments(&self, arguments: Object) {
        // The session refuses a second connect command, so this is the first.
        let _ = self.command_arguments.set(arguments);
    }

    pub(super) fn command_arguments(&self) -> &Object {
        static NONE: Object = Object::new();
        self.command_arguments.get().unwrap_or(&NONE)
    }

    /// Returns a member of the client's connect command that is text. Returns an empty string if
    /// there is none.
    pub(super) fn text_argument(&self, name: &str) -> &str {
        self.command_arguments().get(name).and_then(Value::as_str).unwrap_or_default()
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
