//! One round of one server.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::media;
use crate::publisher::Publisher;
use crate::servers::{Contestant, Running};
use crate::usage;
use crate::viewers::{Goal, Viewers};

/// How long each viewer waits for the one before it, if the ramp is neither short nor long.
const PER_VIEWER: Duration = Duration::from_millis(2);
const SHORTEST_RAMP: Duration = Duration::from_secs(1);
const LONGEST_RAMP: Duration = Duration::from_secs(5);
const WARM_UP: Duration = Duration::from_secs(1);
/// How late messages may be that count as arrived, at least.
const LATEST: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(20);

/// What every server must do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) seconds: u64,
    /// How many viewers join at once at the end, and how often.
    pub(crate) joining: usize,
    pub(crate) bursts: u32,
    /// How many threads read for the viewers.
    pub(crate) threads: usize,
    /// The cores of the servers, as `taskset` takes them. `None` if they have all.
    pub(crate) server_cores: Option<String>,
}

/// What a server needed in one round. Times are in milliseconds. Absent is what a floor has not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// For each second of media that a viewer has received.
    pub(crate) cpu_ms: f64,
    pub(crate) kib: Option<f64>,
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    /// The share of the messages that arrived, in percent.
    pub(crate) delivered: Option<f64>,
    /// The medians over the bursts of joins.
    pub(crate) join_p50_ms: Option<f64>,
    pub(crate) join_p95_ms: Option<f64>,
    /// That of the worst burst.
    pub(crate) worst_join_p95_ms: Option<f64>,
}

pub(crate) fn run(contestant: &Contestant, plan: &Plan) -> Result<Figures> {
    let server = contestant.start(plan)?;
    let is_rtmp = !matches!(contestant, Contestant::Floor(_));
    let goal = Goal { server: server.address, origin: Instant::now(), is_rtmp };
    let ramp = SHORTEST_RAMP.max(LONGEST_RAMP.min(plan.viewers as u32 * PER_VIEWER));
    let start = || Viewers::start(goal, plan.viewers, ramp, plan.threads);
    if !is_rtmp {
        let mut viewers = start();
        viewers.wait_for_connections(PATIENCE)?;
        thread::sleep(WARM_UP);
        let cpu_ms = cpu_ms(&server, plan, &viewers)?;
        viewers.check()?;
        return Ok(Figures { cpu_ms, ..Figures::default() });
    }
    let publisher = Publisher::start(server.address, goal.origin)?;
    thread::sleep(WARM_UP);
    let empty = usage::resident_kib(server.process)?;
    let mut viewers = start();
    viewers.wait_for_key_frames(PATIENCE)?;
    thread::sleep(WARM_UP);

    viewers.begin_to_count();
    let cpu_ms = cpu_ms(&server, plan, &viewers)?;
    viewers.end_to_count();
    let sent = publisher.video_messages(&viewers.counted()) * plan.viewers;
    let kib = (usage::resident_kib(server.process)? - empty) / plan.viewers as f64;

    let (mut join_p50s, mut join_p95s) = (Vec::new(), Vec::new());
    for burst in 0..plan.bursts {
        thread::sleep(until_phase(goal.origin, burst, plan.bursts));
        let mut joining = Viewers::start(goal, plan.joining, Duration::ZERO, plan.threads);
        joining.wait_for_key_frames(PATIENCE)?;
        let mut joins = joining.stop()?.joins_ms;
        joins.sort_unstable_by(f64::total_cmp);
        join_p50s.extend(at(&joins, 50));
        join_p95s.extend(at(&joins, 95));
    }
    join_p50s.sort_unstable_by(f64::total_cmp);
    join_p95s.sort_unstable_by(f64::total_cmp);

    thread::sleep(LATEST);
    let mut delays = viewers.stop()?.delays_us;
    delays.sort_unstable();
    let delay = |share| at(&delays, share).map(|us| f64::from(us) / 1e3);
    Ok(Figures {
        cpu_ms,
        kib: Some(kib),
        p50_ms: delay(50),
        p99_ms: delay(99),
        delivered: Some(delays.len() as f64 / sent.max(1) as f64 * 100.0),
        join_p50_ms: at(&join_p50s, 50),
        join_p95_ms: at(&join_p95s, 50),
        worst_join_p95_ms: join_p95s.last().copied(),
    })
}

/// Returns how long it is until as much of the time between two key frames has passed as is
/// between this burst and the first.
fn until_phase(origin: Instant, burst: u32, bursts: u32) -> Duration {
    let period = Duration::from_millis(media::PERIOD_MS.into());
    let passed = origin.elapsed().as_nanos() % period.as_nanos();
    let passed = Duration::from_nanos(passed as u64);
    let at = period * burst / bursts;
    if at >= passed { at - passed } else { at + period - passed }
}

/// Returns the server's CPU time for each second of media that a viewer has received in the time of
/// the plan. What is merged comes in few pieces, so more or fewer may have come in that time.
fn cpu_ms(server: &Running, plan: &Plan, viewers: &Viewers) -> Result<f64> {
    let (before, bytes_before) = (usage::cpu(server.process)?, viewers.bytes());
    thread::sleep(Duration::from_secs(plan.seconds));
    let cpu = usage::cpu(server.process)? - before;
    let bytes = viewers.bytes() - bytes_before;
    Ok(cpu.as_secs_f64() * 1e3 / (bytes as f64 / media::bytes_per_second()))
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
            (self.worst_join_p95_ms, "p95 ms of the worst burst"),
        ];
        for (figure, unit) in figures {
            if let Some(figure) = figure {
                write!(f, "  {figure:7.2} {unit}")?;
            }
        }
        Ok(())
    }
}
