//! What a process uses, as Linux tells it in `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The unit of the times in `/proc/PID/stat`: Linux shows 100 a second on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// Returns the user and system time of a process so far.
pub(crate) fn cpu(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Fields 14 and 15. The second may hold blanks, so its parenthesis is found first.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next().context("no time")?.parse::<u32>().context("no number");
    Ok(TICK * (ticks()? + ticks()?))
}

/// Returns the resident memory of a process, in KiB.
pub(crate) fn resident_kib(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_ascii_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}
