//! Codecs in shared libraries: builds, loads, uses and unloads plugins in C and in Rust.
//!
//! Has its own harness, like `tests/clients/`. Without a C compiler, tests that need one are
//! ignored by name. Under `tests/run.sh` they fail.
#![allow(unsafe_code, reason = "whoever loads a library has to vouch for it")]

mod build;
mod coding;
mod folder;
mod journal;
mod libavcodec;
mod lifetimes;
mod manual;
#[path = "../clients/need.rs"]
#[allow(dead_code, reason = "it knows needs of other tests too")]
mod need;
mod panics;
#[path = "../support/process.rs"]
#[allow(dead_code, reason = "it serves other tests too")]
mod process;
mod refusals;
mod scene;
mod sound;
mod streaming;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::Arguments;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::plugin::{LoadedPlugin, PluginError};

fn main() -> ExitCode {
    journal::keep();
    if panics::is_child() {
        return panics::child();
    }
    let args = Arguments::from_args();
    let trials = [
        coding::trials(),
        folder::trials(),
        libavcodec::trials(),
        lifetimes::trials(),
        panics::trials(),
        manual::trials(),
        refusals::trials(),
        scene::trials(),
        sound::trials(),
        streaming::trials(),
    ];
    libtest_mimic::run(&args, trials.into_iter().flatten().collect()).exit_code()
}

fn load(factory: &VideoCodecFactory, file: &Path) -> Result<LoadedPlugin, PluginError> {
    // SAFETY: the tests' own libraries keep to the header, or fail before they could break it.
    unsafe { factory.load_plugin_library(file) }
}
