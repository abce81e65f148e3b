//! AMF0: the encoding of all commands and metadata.

mod decoder;
mod encoder;
pub(super) mod marker;
#[cfg(test)]
pub(in crate::protocol::amf) mod tests;

pub use decoder::{Decoder, decode_all};
pub use encoder::encode;
pub(in crate::protocol) use encoder::{ObjectWriter, put_object, put_text};
