//! WebSocket as a server speaks it (RFC 6455): the upgrade of a request, the frames of a client,
//! and the heads of frames to it.
//!
//! A frame to a client is not masked. So the bytes of one frame can be sent to any number of
//! clients.

mod error;
mod frame;
mod handshake;
mod reader;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use frame::{CloseCode, Opcode, write_close, write_head, write_text};
pub use handshake::{HandshakeError, accept_key, upgrade};
pub use reader::{FrameReader, Received};
