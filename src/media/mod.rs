//! Media: tags, their codec headers, canvases, codecs, and FLV files.
//!
//! Reads and writes files on request, and touches nothing else outside the process. No bytes of a
//! file cause a panic. Reading them never allocates more than there are, and takes linear time.
#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test may fail by panicking"
    )
)]

pub mod audio;
mod bgr;
mod bgr_rows;
mod bits;
pub(crate) mod block_cache;
mod canvas;
pub mod codec;
mod codec_names;
#[cfg(test)]
mod colour_definition;
mod description;
mod enhanced;
mod film;
pub mod flv;
#[cfg(feature = "web")]
pub(crate) mod image;
#[cfg(feature = "mp4")]
pub mod mp4;
pub(crate) mod mux;
mod on_metadata;
mod pack;
mod picture_size;
mod source;
mod tag;
mod tag_class;
mod tracks;
pub mod video;
mod yuv_rows;

pub use audio::AudioHeader;
pub use bgr_rows::BgrRows;
pub use canvas::{
    Canvas, CanvasError, ColourMatrix, ColourRange, ColourSpace, PixelType, Plane, RowOrder,
    ToneMap,
};
pub(crate) use description::Describer;
pub use description::{AudioDescription, MediaDescription, VideoDescription};
pub use enhanced::{FourCc, Multitrack, Track};
pub use film::{Film, FilmError};
pub use pack::{AacPacker, H264Packer};
pub use tag::{Tag, TagKind};
pub use tracks::{TrackBody, Tracks};
pub use video::VideoHeader;

pub(crate) use film::{FilmReading, WeakFilm};
#[cfg(feature = "web")]
pub(crate) use on_metadata::NamedMedia;
pub(crate) use on_metadata::on_metadata;
pub(crate) use tag_class::TagClass;
pub(crate) use tracks::OneTrack;
