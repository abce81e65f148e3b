//! FLV files: a reader of tags, a file in memory with an index for playing, and a writer.

mod error;
mod file;
pub(in crate::media) mod header;
mod index;
mod keyframes;
mod metadata;
mod other_format;
mod reader;
mod resync;
mod seek;
mod time_line;
mod writer;

#[cfg(test)]
mod samples;

pub use error::Error;
pub use file::{File, Headers, Skipped};
pub use header::FileHeader;
pub use index::Entry;
pub use keyframes::KeyFrame;
pub use other_format::OtherFormat;
pub use reader::Reader;
pub use seek::SeekTarget;
pub use writer::Writer;
