//! One round of one server.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::publisher::Publisher;
use crate::servers::{Contestant, Running};
use crate::usage;
use crate::viewers::Viewers;

const ARRIVALS_PER_SECOND: usize = 500;
const WARM_UP: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);

/// What every server must do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) seconds: u64,
    /// How many viewers join at once at the end.
    pub(crate) joining: usize,
}

/// What a server needed in one round. Times are in milliseconds. Absent is what a floor has not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// For each second of each viewer.
    pub(crate) cpu_ms: f64,
    pub(crate) kib: Option<f64>,
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    /// The share of the messages that arrived, in percent.
    pub(crate) delivered: Option<f64>,
    pub(crate) join_p50_ms: Option<f64>,
    pub(crate) join_p95_ms: Option<f64>,
}

pub(crate) fn run(contestant: &Contestant, plan: &Plan) -> Result<Figures> {
    let server = contestant.start(plan.viewers)?;
    let origin = Instant::now();
    let is_floor = matches!(contestant, Contestant::Floor(_));
    let mut viewers = Viewers::new(server.address, origin, !is_floor)?;
    if is_floor {
        viewers.add(plan.viewers, ARRIVALS_PER_SECOND)?;
        viewers.run_until(Instant::now() + WARM_UP)?;
        let cpu_ms = cpu_ms(&server, plan, &mut viewers)?;
        return Ok(Figures { cpu_ms, ..Figures::default() });
    }
    let publisher = Publisher::start(server.address, origin)?;
    viewers.run_until(Instant::now() + WARM_UP)?;
    let empty = usage::resident_kib(server.process)?;
    viewers.add(plan.viewers, ARRIVALS_PER_SECOND)?;
    viewers.wait_for_key_frames(0, PATIENCE)?;
    viewers.run_until(Instant::now() + WARM_UP)?;

    let before = publisher.video_messages();
    viewers.received = Default::default();
    let cpu_ms = cpu_ms(&server, plan, &mut viewers)?;
    let sent = (publisher.video_messages() - before) * plan.viewers as u64;
    let received = std::mem::take(&mut viewers.received);
    let kib = (usage::resident_kib(server.process)? - empty) / plan.viewers as f64;
    let mut delays = received.delays_us;
    delays.sort_unstable();
    let delay = |share| at(&delays, share).map(|us| f64::from(us) / 1e3);

    viewers.add(plan.joining, usize::MAX >> 32)?;
    let joins = viewers.wait_for_key_frames(plan.viewers, PATIENCE)?;
    Ok(Figures {
        cpu_ms,
        kib: Some(kib),
        p50_ms: delay(50),
        p99_ms: delay(99),
        delivered: Some(received.video_messages as f64 / sent.max(1) as f64 * 100.0),
        join_p50_ms: at(&joins, 50),
        join_p95_ms: at(&joins, 95),
    })
}

/// Lets the viewers watch for the time of the plan. Returns the server's CPU time for each second
/// of each of them.
fn cpu_ms(server: &Running, plan: &Plan, viewers: &mut Viewers) -> Result<f64> {
    let (started, before) = (Instant::now(), usage::cpu(server.process)?);
    viewers.run_until(started + Duration::from_secs(plan.seconds))?;
    let cpu = usage::cpu(server.process)? - before;
    Ok(cpu.as_secs_f64() * 1e3 / started.elapsed().as_secs_f64() / plan.viewers as f64)
}

/// Returns the value below which `percent` of the sorted ones are.
fn at<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    sorted.get(sorted.len().saturating_sub(1) * percent / 100).copied()
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8.4} ms of CPU", self.cpu_ms)?;
        let figures = [
            (self.p50_ms, "p50 ms"),
            (self.p99_ms, "p99 ms"),
            (self.kib, "KiB"),
            (self.delivered, "% arrived"),
            (self.join_p50_ms, "join p50 ms"),
            (self.join_p95_ms, "join p95 ms"),
        ];
        for (figure, unit) in figures {
            if let Some(figure) = figure {
                write!(f, "  {figure:7.2} {unit}")?;
            }
        }
        Ok(())
    }
}
