//! What goes wrong in an encoder or decoder.

/// What goes wrong in an encoder or decoder: the SDK's negative numbers, with their reasons.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The call's arguments make no sense: the SDK's -1.
    #[error("invalid parameters: {0}")]
    InvalidParameters(String),
    /// The codec cannot do pictures of this size: `init`'s -2.
    #[error("a picture of {width}x{height} is not supported: {reason}")]
    Resolution {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
        /// What the codec can do.
        reason: String,
    },
    /// `init` on what has been initialised or closed: its -3.
    #[error("already initialised, or closed")]
    AlreadyInitialised,
    /// Anything else before `init` or after `close`: the SDK's -2 of encoding and decoding.
    #[error("not initialised, or closed")]
    NotInitialised,
    /// The device that the codec runs on is missing: `init`'s -4.
    #[error("no device: {0}")]
    NoDevice(String),
    /// Memory was refused: encoding's -3.
    #[error("out of memory")]
    Allocation,
    /// The library underneath failed: `init`'s -5, encoding's -4.
    #[error("{0}")]
    Failed(String),
    /// What is to be decoded is no data of this codec.
    #[error("not decodable: {0}")]
    InvalidData(String),
}
