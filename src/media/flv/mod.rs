//! FLV files: read tag by tag, held whole and indexed to be played, and written.

mod error;
mod file;
mod foreign;
mod header;
mod index;
mod keyframes;
mod metadata;
mod reader;
mod writer;

#[cfg(test)]
mod samples;

pub use error::Error;
pub use file::{File, Headers};
pub use foreign::Foreign;
pub use header::FileHeader;
pub use index::Entry;
pub use keyframes::KeyFrame;
pub use reader::Reader;
pub use writer::Writer;
