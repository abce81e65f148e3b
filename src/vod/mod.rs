//! Video on demand: FLV and MP4 files by name. The handlers that play them use the public traits of
//! this crate alone.

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

pub use handlers::{FileHandler, FilmFrameHandler};
pub use library::{FindError, Found, Library};
pub use viewings::{OpenViewing, Viewing, ViewingHandler, Viewings, Watched};
