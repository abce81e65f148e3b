//! Our readers and writers against independent ones: crates that others wrote from the same
//! specifications, and files that FFmpeg wrote.

mod amf;
mod assets;
mod flv;
#[cfg(feature = "mp4")]
mod mp4;
#[path = "../support/numbers.rs"]
mod numbers;

use std::path::{Path, PathBuf};

/// Returns the path of a file that is named from the top of the repository.
fn in_repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}
