//! What flows: tags, their codec headers, and the FLV files they are kept in.

pub mod audio;
pub mod flv;
mod tag;
pub mod video;

pub use tag::{Tag, TagKind};
