//! AMF3: Flash clients with `objectEncoding` 3 put its values into AMF0, one at a time.

mod decoder;
mod encoder;
mod marker;
#[cfg(test)]
mod tests;
mod traits;

pub use decoder::Decoder;
pub use encoder::encode;
