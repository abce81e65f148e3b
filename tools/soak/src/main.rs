//! Soak-tests an RTMP server: hundreds of light viewers, real ffplay processes, slow readers, and
//! viewers that come and go.
//!
//! ```text
//! cargo run --release -p rendercast-soak -- --clients 500 --ffplay 8 --seconds 60 film.flv
//! cargo run --release -p rendercast-soak -- --url rtmp://127.0.0.1/live/film --server-pid 17,18
//! ```
//!
//! Without `--url` our own server is tested, in a process of its own so that what it spends can be
//! told from what its viewers spend. Exits with 1 where a viewer starved or was dropped, or where
//! our server did not give back what it took.

mod carrier;
mod clock;
mod ffplay;
mod flv_stream;
mod habit;
mod joins;
mod live;
mod one_by_one;
mod options;
mod plot;
mod procfs;
mod publisher;
mod random;
mod report;
mod run;
mod sampler;
mod serve;
mod speech;
mod swarm;
mod synthetic;
mod tally;
mod target;
mod viewer;
mod warm;
mod watch;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use options::Options;
use target::Target;

/// Descriptors beyond one per viewer: files, the poller, pipes.
const SPARE_DESCRIPTORS: u64 = 64;

fn main() -> Result<ExitCode> {
    env_logger::init();
    let options = Options::parse();
    raise_descriptor_limit(&options)?;
    if let Some(path) = &options.write_flv {
        write_synthetic(path, options.synthetic_seconds())?;
    } else if let Some(address) = options.serve_only {
        serve::serve(address, &options)?;
    } else if let Some(count) = options.one_by_one {
        one_by_one::run(&Target::prepare(&options)?, count)?;
    } else if let Some(at_once) = options.joins {
        joins::run(&Target::prepare(&options)?, at_once, options.seconds)?;
    } else {
        return soak(&options);
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the test, and tells what it has shown.
fn soak(options: &Options) -> Result<ExitCode> {
    let target = Arc::new(Target::prepare(options)?);
    let outcome = run::run(options, Arc::clone(&target))?;
    report::print(options, &outcome, !target.processes.is_empty());
    if let Some(path) = &options.plot {
        plot::write(path, &outcome.sampler.samples)?;
    }
    let failures = report::failures(options, &outcome, target.is_ours());
    for failure in &failures {
        eprintln!("FAILED: {failure}");
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A viewer takes a descriptor here, and one in the server that inherits our limit.
fn raise_descriptor_limit(options: &Options) -> Result<()> {
    let wanted = options.viewers() as u64 + SPARE_DESCRIPTORS;
    let granted = rlimit::increase_nofile_limit(u64::MAX)?;
    anyhow::ensure!(
        granted >= wanted,
        "{wanted} descriptors are needed and {granted} are allowed: \
         raise the hard limit (ulimit -Hn, or LimitNOFILE=), or ask for fewer viewers"
    );
    Ok(())
}

fn write_synthetic(path: &Path, seconds: u32) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    synthetic::write(seconds, &mut out)?;
    out.flush()?;
    println!("{}: {seconds} s of synthetic video and audio", path.display());
    Ok(())
}
