//! AMF3: what Flash clients with `objectEncoding` 3 put into AMF0, one value at a time.

mod decoder;
mod encoder;
mod marker;
#[cfg(test)]
mod tests;
mod traits;

pub use decoder::Decoder;
pub use encoder::encode;
