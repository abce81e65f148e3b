//! FLV files: readers of tags, a file with an index for playing, and writers.

mod breaks;
mod contents;
mod error;
mod file;
pub(in crate::media) mod header;
mod index;
mod indexed_writer;
mod key_frame_table;
mod keyframes;
mod metadata;
mod other_format;
mod pictures;
mod reader;
mod reading;
mod resync;
mod scan;
mod seek;
mod stream_reader;
mod time_line;
mod writer;
mod written_file;

#[cfg(test)]
mod samples;

pub use error::Error;
pub use file::{File, Headers};
pub use header::FileHeader;
pub use indexed_writer::IndexedWriter;
pub use keyframes::KeyFrame;
pub use other_format::OtherFormat;
pub use reader::Reader;
pub use reading::Place;
pub use scan::Skipped;
pub use seek::SeekTarget;
pub use stream_reader::StreamReader;
pub use writer::Writer;

pub(crate) use metadata::members_of_metadata;
#[cfg(feature = "mp4")]
pub(crate) use metadata::{Facts, encode_for_play};
pub(crate) use reading::{Next, PlacedTag, Reading, Role};
