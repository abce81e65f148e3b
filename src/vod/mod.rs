//! Video on demand: FLV and MP4 files by name, played by handlers that use the crate's public traits
//! alone.

mod file_cache;
mod folder;
mod handlers;
mod library;
mod name;
mod playhead;
mod playlist;
#[cfg(test)]
mod sample_film;

pub use handlers::{FileHandler, FilmFrameHandler};
pub use library::{FindError, Found, Library};
