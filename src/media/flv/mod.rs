//! FLV files: a reader of tags, a file with an index for playing, and a writer.

mod breaks;
mod contents;
mod error;
mod file;
mod header;
mod index;
mod keyframes;
mod metadata;
mod other_format;
mod pictures;
mod reader;
mod reading;
mod resync;
mod scan;
mod seek;
mod time_line;
mod writer;

#[cfg(test)]
mod samples;

pub use error::Error;
pub use file::{File, Headers};
pub use header::FileHeader;
pub use keyframes::KeyFrame;
pub use other_format::OtherFormat;
pub use reader::Reader;
pub use reading::Place;
pub use scan::Skipped;
pub use seek::SeekTarget;
pub use writer::Writer;

pub(crate) use reading::{Next, PlacedTag, Reading, Role};
