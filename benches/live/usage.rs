//! What a process uses, as Linux tells it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;

/// Returns how long the threads of a process have run so far, those that have ended included. It is
/// the process's CPU clock, which counts nanoseconds. `/proc/PID/stat` counts steps of 10 ms.
pub(crate) fn cpu(process: u32) -> Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(process.try_into()?))?;
    Ok(clock.now()?.into())
}

/// Returns the resident memory of a process, in KiB.
pub(crate) fn resident_kib(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_ascii_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}
