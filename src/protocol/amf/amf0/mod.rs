//! AMF0: what every command and all metadata are written in.

mod decoder;
mod encoder;
mod marker;
#[cfg(test)]
pub(in crate::protocol::amf) mod tests;

pub use decoder::{Decoder, decode_all};
pub use encoder::encode;
