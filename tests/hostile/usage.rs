//! What the server holds and spends, from Linux's figures of this process.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

/// The first characters of the names of the server's threads.
const THREADS: &str = "rtmp-";

/// What the server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) threads: usize,
    /// Those of the whole process, including the tests' own sockets.
    pub(crate) descriptors: usize,
}

impl Usage {
    pub(crate) fn now() -> Self {
        let descriptors = fs::read_dir("/proc/self/fd").expect("/proc is there").count();
        Self { threads: Threads::now().0.len(), descriptors }
    }
}

/// Returns the resident memory of this process, in KiB.
pub(crate) fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

/// Returns the server's threads by their ids.
#[derive(Debug)]
pub(crate) struct Threads(BTreeSet<String>);

impl Threads {
    pub(crate) fn now() -> Self {
        let tasks = fs::read_dir("/proc/self/task").expect("/proc is there");
        let ids = tasks.filter_map(|task| task.ok()?.file_name().into_string().ok());
        Self(ids.filter(|id| name(id).is_some_and(|name| name.starts_with(THREADS))).collect())
    }

    /// Returns the processor time of the threads that are not among `others`.
    pub(crate) fn cpu_time_without(&self, others: &Self) -> Duration {
        self.0.difference(&others.0).filter_map(|id| cpu_time(id)).sum()
    }
}

fn name(id: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/self/task/{id}/comm")).ok()
}

fn cpu_time(id: &str) -> Option<Duration> {
    let schedule = fs::read_to_string(format!("/proc/self/task/{id}/schedstat")).ok()?;
    let nanoseconds = schedule.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
