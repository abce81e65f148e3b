//! Sends responses, and says why an HTTP connection ended.

use std::io;

use crate::protocol::http::{self, Status, response};
#[cfg(feature = "tunnel")]
use crate::protocol::tunnel;
use crate::server::send::write_queue::WriteQueue;
use crate::transport::{Transport, is_disconnect};

/// Why an HTTP connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the client closed the HTTP connection")]
    ByPeer,
    #[error("the HTTP connection was not used any more")]
    Unused,
    #[error("the client wanted no more than that of the HTTP connection")]
    Served,
    #[error("the HTTP connection was closed: {0}")]
    BadRequest(http::Error),
    #[error("the HTTP connection was closed: the client asked for {path:?}, which is not here")]
    NotFound { path: String },
    #[cfg(feature = "tunnel")]
    #[error("the HTTP connection was closed: {0}")]
    Tunnel(tunnel::Refusal),
    #[error("reading an HTTP request failed: {0}")]
    Read(io::Error),
    #[error("sending an HTTP response failed: {0}")]
    Send(io::Error),
}

impl Ended {
    /// Returns the last response on the connection, or `None` if the client gets no more.
    pub(super) fn last_response(&self) -> Option<Vec<u8>> {
        match self {
            Self::BadRequest(error) => {
                Some(response::text(error.status(), &error.to_string(), &[], true))
            }
            Self::NotFound { .. } => {
                Some(response::text(Status::NotFound, "there is nothing at this path", &[], true))
            }
            #[cfg(feature = "tunnel")]
            Self::Tunnel(refusal) => Some(refusal.response(true)),
            Self::ByPeer | Self::Unused | Self::Served | Self::Read(_) | Self::Send(_) => None,
        }
    }

    /// Returns whether the peer or the network did something wrong, which is logged as a warning.
    pub(crate) const fn is_fault(&self) -> bool {
        !matches!(self, Self::ByPeer | Self::Unused | Self::Served)
    }
}

/// Sends a whole response. Blocks while the client does not read, up to the write timeout.
pub(super) fn send(
    transport: &dyn Transport,
    response: impl Into<WriteQueue>,
) -> Result<(), Ended> {
    let mut response = response.into();
    while !response.is_empty() {
        match transport.send(response.parts()) {
            Ok(0) => return Err(Ended::ByPeer),
            Ok(sent) => response.advance(sent),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                kind if is_disconnect(kind) => return Err(Ended::ByPeer),
                _ => return Err(Ended::Send(error)),
            },
        }
    }
    transport.flush().map_err(Ended::Send)
}
