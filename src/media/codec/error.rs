//! Errors of encoders and decoders.

/// An error of an encoder or decoder: one of the SDK's negative numbers, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The call's arguments are invalid: the SDK's -1.
    #[error("invalid parameters: {0}")]
    InvalidParameters(String),
    /// The codec does not support pictures of this size: -2 of `init`.
    #[error("a picture of {width}x{height} is not supported: {reason}")]
    Resolution {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
        /// The sizes that the codec supports.
        reason: String,
    },
    /// `init` was called before, or `close`: -3 of `init`.
    #[error("already initialised, or closed")]
    AlreadyInitialised,
    /// Another function was called before `init` or after `close`: -2 of encoding and decoding.
    #[error("not initialised, or closed")]
    NotInitialised,
    /// The device that the codec runs on is missing: -4 of `init`.
    #[error("no device: {0}")]
    NoDevice(String),
    /// There is not enough memory: -3 of encoding.
    #[error("out of memory")]
    Allocation,
    /// The underlying library failed: -5 of `init`, -4 of encoding.
    #[error("{0}")]
    Failed(String),
    /// The data to decode are invalid for this codec.
    #[error("not decodable: {0}")]
    InvalidData(String),
}
