//! Why a shared render loop cannot be made or used.

use std::io;

use crate::media::codec::CodecError;
use crate::media::{CanvasError, ColourSpace, PixelType};

/// Why a [`RenderLoop`](crate::RenderLoop) cannot be made, or cannot take a picture or a size.
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
    /// A loop of that name runs already.
    #[error("there is a render loop {name:?} already")]
    NameTaken {
        /// The name of the loop.
        name: String,
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
    /// The pictures have planes of another colour space than the encoder is told.
    #[error(
        "the pictures of render loop {name:?} are {} in {} range, and {parameter:?} is {value:?}: \
         leave that parameter out, or change the colour space of the loop",
        .found.matrix.name(), .found.range.name()
    )]
    ColourSpace {
        /// The name of the loop.
        name: String,
        /// What Y, U and V of the pictures mean.
        found: ColourSpace,
        /// The name of the parameter.
        parameter: String,
        /// The value of the parameter.
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
    /// The picture has not the size of the loop.
    #[error("a picture of {found:?} pixels for render loop {name:?}, whose size is {size:?}")]
    Size {
        /// The name of the loop.
        name: String,
        /// The width and the height of the loop's pictures.
        size: (u32, u32),
        /// The width and the height of the picture.
        found: (u32, u32),
    },
    /// There is no encoder of that audio codec, RTMP cannot carry it, or it does not begin.
    #[error("render loop {name:?} has no sound in {codec:?}: {cause}")]
    Sound {
        /// The name of the loop.
        name: String,
        /// The name of the audio codec.
        codec: String,
        /// The reason.
        cause: CodecError,
    },
    /// The application encodes by itself.
    #[error("render loop {name:?} takes no pictures: its application encodes by itself")]
    NoEncoder {
        /// The name of the loop.
        name: String,
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
