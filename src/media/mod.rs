//! What flows: tags, their codec headers, and the FLV files they are kept in.
//!
//! Opens files where it is asked to, and nothing else of the outside world. A file's bytes never
//! panic, never allocate what is not there, and never cost more than time linear in their number.
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
mod canvas;
pub mod codec;
mod enhanced;
pub mod flv;
pub(crate) mod mux;
mod on_metadata;
mod tag;
mod tag_class;
pub mod video;

pub use audio::AudioHeader;
pub use canvas::{Canvas, CanvasError, PixelType, RowOrder};
pub use enhanced::{FourCc, Multitrack, Track};
pub use tag::{Tag, TagKind};
pub use video::VideoHeader;

pub(crate) use on_metadata::on_metadata;
pub(crate) use tag_class::TagClass;
