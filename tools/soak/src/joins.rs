//! `--joins`: how many viewers a second can join.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::one_by_one::first_key_frame;
use crate::report;
use crate::target::Target;

/// Lets `at_once` viewers at a time connect, see their first key frame and leave, again and again.
/// Prints how many did so per second, how many failed, and how long the others waited.
pub(crate) fn run(target: &Target, at_once: usize, seconds: u64) -> Result<()> {
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let joins = thread::scope(|scope| {
        let viewers: Vec<_> =
            (0..at_once).map(|_| scope.spawn(|| join_until(target, end))).collect();
        let joins = viewers.into_iter().map(thread::ScopedJoinHandle::join);
        joins.collect::<thread::Result<Vec<_>>>()
    });
    let joins = joins.map_err(|_| anyhow!("a viewer panicked"))?.concat();
    let waits: Vec<_> = joins.iter().filter_map(|join| *join).collect();
    let per_second = waits.len() as f64 / start.elapsed().as_secs_f64();
    println!("joins per second      {per_second:.0} by {at_once} at once");
    println!("joins that failed     {}", joins.len() - waits.len());
    println!("first key frame       {}", report::latency(&waits));
    Ok(())
}

fn join_until(target: &Target, end: Instant) -> Vec<Option<Duration>> {
    let mut joins = Vec::new();
    while Instant::now() < end {
        joins.push(first_key_frame(target).ok());
    }
    joins
}
