//! The chunk layer: messages cut into chunks and interleaved (RTMP 1.0 §5.3).

mod chunks;
mod control;
mod error;
mod header;
mod limits;
mod message;
mod reader;
mod stream;
mod writer;

#[cfg(test)]
mod tests;

pub use chunks::Chunks;
pub use error::Error;
pub use limits::{Limits, MAX_MESSAGE_BYTES};
pub use message::{Message, MessageType};
pub use reader::Reader;
pub use writer::Writer;
