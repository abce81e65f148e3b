//! The upgrade of a request to a WebSocket (RFC 6455 §4.2).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest as _, Sha1};

use crate::protocol::http::{Head, Method, Status};

/// What every server appends to a client's key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The only version of the protocol, as a client names it.
const VERSION: &str = "13";

/// Why a request that asks for a WebSocket does not get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The request contradicts itself, or lacks the key.
    #[error("this is not a whole handshake of a WebSocket")]
    Malformed,
    /// The client wants another version of the protocol.
    #[error("the server speaks version 13 of WebSocket")]
    Version,
}

impl HandshakeError {
    /// Returns the status to answer with.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Malformed => Status::BadRequest,
            Self::Version => Status::UpgradeRequired,
        }
    }

    /// Returns the fields of that answer.
    #[must_use]
    pub const fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Malformed => &[],
            Self::Version => &[("Sec-WebSocket-Version", VERSION), ("Upgrade", "websocket")],
        }
    }
}

/// Returns the value of `Sec-WebSocket-Accept` if the request asks for a WebSocket, and `None` if
/// it asks for none.
///
/// # Errors
/// [`HandshakeError`] if the request asks for a WebSocket that it cannot get.
pub fn upgrade(head: &Head) -> Result<Option<String>, HandshakeError> {
    if !head.has_token("Upgrade", "websocket") {
        return Ok(None);
    }
    let is_whole = head.method() == Method::Get
        && !head.is_version_1_0()
        && head.body_bytes() == 0
        && head.has_token("Connection", "upgrade")
        && head.text_field("Host").is_some();
    if !is_whole {
        return Err(HandshakeError::Malformed);
    }
    if head.text_field("Sec-WebSocket-Version") != Some(VERSION) {
        return Err(HandshakeError::Version);
    }
    let key = head.text_field("Sec-WebSocket-Key").ok_or(HandshakeError::Malformed)?;
    let bytes = BASE64_STANDARD.decode(key).map_err(|_| HandshakeError::Malformed)?;
    if bytes.len() != 16 {
        return Err(HandshakeError::Malformed);
    }
    Ok(Some(accept_key(key)))
}

/// Returns the answer to a client's key.
#[must_use]
pub fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(GUID);
    BASE64_STANDARD.encode(hash.finalize())
}
