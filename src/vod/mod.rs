//! Video on demand: which file a client means, and the copy of it that all who play it share.

mod library;
mod name;

pub use library::{FindError, Library};
