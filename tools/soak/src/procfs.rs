//! What processes spend, as Linux tells it in `/proc`.

use std::fs;
use std::time::Duration;

/// The unit of the times in `/proc/PID/stat`: Linux shows 100 a second on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// What some processes hold and have spent, all together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time since the processes were started.
    pub(crate) cpu: Duration,
    pub(crate) threads: u64,
    pub(crate) descriptors: u64,
    pub(crate) resident_kib: u64,
    /// The most that was resident at any time so far, in KiB.
    pub(crate) peak_kib: u64,
}

impl Usage {
    /// The sum over those processes; what is gone or not ours to see counts nothing.
    pub(crate) fn of(processes: &[u32]) -> Self {
        processes.iter().filter_map(|&process| Self::of_one(process)).fold(
            Self::default(),
            |sum, one| Self {
                cpu: sum.cpu + one.cpu,
                threads: sum.threads + one.threads,
                descriptors: sum.descriptors + one.descriptors,
                resident_kib: sum.resident_kib + one.resident_kib,
                peak_kib: sum.peak_kib + one.peak_kib,
            },
        )
    }

    fn of_one(process: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        Some(Self {
            cpu: cpu_time(&stat)?,
            threads: number_after(&status, "Threads:")?,
            descriptors: fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
                as u64,
            resident_kib: number_after(&status, "VmRSS:")?,
            peak_kib: number_after(&status, "VmHWM:")?,
        })
    }
}

/// Fields 14 and 15; the second may hold blanks, so it is skipped by its parenthesis.
fn cpu_time(stat: &str) -> Option<Duration> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

fn number_after(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}
