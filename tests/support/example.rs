//! The examples as the tests run them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::process::Process;

/// The options with which the tests are built, and so the examples.
const FEATURES: [(&str, bool); 5] = [
    ("adobe-auth", cfg!(feature = "adobe-auth")),
    ("h264", cfg!(feature = "h264")),
    ("mp4", cfg!(feature = "mp4")),
    ("self-signed", cfg!(feature = "tls")),
    ("tunnel", cfg!(feature = "tunnel")),
];

/// The executables that were built.
static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());

/// Returns the executable of an example. It is built here once, because `cargo test --test clients`
/// builds no example, and would test an old one.
pub(crate) fn executable(name: &str) -> PathBuf {
    // A build that failed fails every test that needs it.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built.entry(name.to_owned()).or_insert_with(|| build(name)).clone()
}

fn build(name: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--example", name, "--message-format", "json"]);
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    for (feature, _) in FEATURES.iter().filter(|(_, is_on)| *is_on) {
        build.args(["--features", feature]);
    }
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let built = Process::spawn(&mut build).wait(Duration::from_secs(600));
    built.expect_success();
    executable_in(&built.stdout).unwrap_or_else(|| panic!("cargo names no executable: {built}"))
}

/// The `"executable":"..."` of cargo's JSON messages.
fn executable_in(messages: &str) -> Option<PathBuf> {
    let (_, rest) = messages.split_once("\"executable\":\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(PathBuf::from(path))
}
