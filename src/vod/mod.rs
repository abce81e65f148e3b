//! Video on demand: FLV files, played by handlers built of what every application has.

mod handlers;
mod library;
mod name;
mod playhead;

pub use handlers::{FileHandler, FlvFrameHandler};
pub use library::{FindError, Library};
