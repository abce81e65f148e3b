//! Why a shared render loop cannot be made.

use std::io;

use crate::media::codec::CodecError;
use crate::media::{CanvasError, PixelType};

/// Why a [`RenderLoop`](crate::RenderLoop) cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderLoopError {
    /// Nobody has an encoder of that codec, or RTMP cannot carry it.
    #[error("render loop {name:?}: there is no video codec {codec:?}")]
    Codec {
        /// The loop's name.
        name: String,
        /// The codec's.
        codec: String,
    },
    /// The encoder has no such parameter, or not with that value.
    #[error("the encoder of render loop {name:?} does not take {value:?} for {parameter:?}")]
    Parameter {
        /// The loop's name.
        name: String,
        /// The parameter's.
        parameter: String,
        /// What it was to be.
        value: String,
    },
    /// The encoder does not take pictures of that size.
    #[error("the encoder of render loop {name:?} does not begin: {cause}")]
    Encoder {
        /// The loop's name.
        name: String,
        /// What the encoder says.
        cause: CodecError,
    },
    /// The encoder does not take what the canvas is made of.
    #[error("the encoder of render loop {name:?} takes {supported:?}, not {pixel_type:?}")]
    PixelType {
        /// The loop's name.
        name: String,
        /// What the canvas was to be made of.
        pixel_type: PixelType,
        /// What the encoder takes.
        supported: Vec<PixelType>,
    },
    /// There can be no canvas of that size.
    #[error("the canvas of render loop {name:?}: {cause}")]
    Canvas {
        /// The loop's name.
        name: String,
        /// Why not.
        cause: CanvasError,
    },
    /// The system gives no thread.
    #[error("no thread for render loop {name:?}: {cause}")]
    Thread {
        /// The loop's name.
        name: String,
        /// What the system says.
        cause: io::Error,
    },
}
