//! Our readers and writers against independent ones: crates that others wrote from the same
//! specifications, and files that FFmpeg wrote. Then files whose numbers no writer chooses.

mod amf;
mod assets;
mod file_numbers;
mod flv;
mod flv_numbers;
#[cfg(feature = "mp4")]
mod mp4;
#[cfg(feature = "mp4")]
mod mp4_numbers;
#[path = "../support/numbers.rs"]
mod numbers;

use std::path::{Path, PathBuf};

/// Returns the path of a file that is named from the top of the repository.
fn in_repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}
