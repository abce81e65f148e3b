//! Video on demand: FLV files, played by handlers built of what every application has.

mod deck;
#[cfg(test)]
mod film;
mod handlers;
mod library;
mod name;
mod playhead;
mod playlist;

pub use handlers::{FileHandler, FlvFrameHandler};
pub use library::{FindError, Library};
