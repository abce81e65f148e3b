//! Why a shared render loop cannot be made.

use std::io;

use crate::media::codec::CodecError;
use crate::media::{CanvasError, PixelType};

/// Why a [`RenderLoop`](crate::RenderLoop) cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderLoopError {
    /// There is no encoder of that codec, or RTMP cannot carry it.
    #[error("render loop {name:?}: there is no video codec {codec:?}")]
    Codec {
        /// The name of the loop.
        name: String,
        /// The name of the codec.
        codec: String,
    },
    /// The encoder has no such parameter, or not with that value.
    #[error("the encoder of render loop {name:?} does not take {value:?} for {parameter:?}")]
    Parameter {
        /// The name of the loop.
        name: String,
        /// The name of the parameter.
        parameter: String,
        /// The value that was refused.
        value: String,
    },
    /// The encoder does not take pictures of that size.
    #[error("the encoder of render loop {name:?} does not begin: {cause}")]
    Encoder {
        /// The name of the loop.
        name: String,
        /// The error of the encoder.
        cause: CodecError,
    },
    /// The encoder does not take the pixel type of the canvas.
    #[error("the encoder of render loop {name:?} takes {supported:?}, not {pixel_type:?}")]
    PixelType {
        /// The name of the loop.
        name: String,
        /// The pixel type of the canvas.
        pixel_type: PixelType,
        /// The pixel types that the encoder takes.
        supported: Vec<PixelType>,
    },
    /// The size of the canvas is not possible.
    #[error("the canvas of render loop {name:?}: {cause}")]
    Canvas {
        /// The name of the loop.
        name: String,
        /// The reason.
        cause: CanvasError,
    },
    /// The system starts no thread.
    #[error("no thread for render loop {name:?}: {cause}")]
    Thread {
        /// The name of the loop.
        name: String,
        /// The error of the system.
        cause: io::Error,
    },
}
