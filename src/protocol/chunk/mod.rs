//! The chunk layer: messages cut into chunks and interleaved (RTMP 1.0 §5.3).

mod error;
mod limits;
mod message;
mod reader;
mod writer;

pub use error::Error;
pub use limits::Limits;
pub use message::{Message, MessageType};
pub use reader::Reader;
pub use writer::{Writer, append_chunks};
