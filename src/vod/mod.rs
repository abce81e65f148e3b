//! Video on demand: FLV files by name, played by handlers that use the crate's public traits alone.

mod file_cache;
mod folder;
mod handlers;
mod library;
mod name;
mod playhead;
mod playlist;
#[cfg(test)]
mod sample_film;
mod viewings;

pub use handlers::{FileHandler, FlvFrameHandler};
pub use library::{FindError, Found, Library};
pub use viewings::{OpenViewing, Viewing, ViewingHandler, Viewings, Watched};
