//! The chunk layer: messages as interleaved chunks (RTMP 1.0 §5.3), and its control messages
//! (§5.4).

mod control;
mod error;
mod header;
mod limits;
mod message;
mod reader;
mod session_writer;
mod shared_chunks;
mod stream;

#[cfg(test)]
mod tests;

pub use control::{Control, INITIAL_CHUNK_SIZE, LimitType};
pub use error::Error;
pub use limits::{Limits, MAX_MESSAGE_BYTES};
pub use message::{Message, MessageType};
pub use reader::Reader;
pub use session_writer::SessionWriter;
pub use shared_chunks::SharedChunks;
