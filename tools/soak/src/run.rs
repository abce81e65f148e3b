//! A test from the first viewer to the last.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

use crate::ffplay::Players;
use crate::habit::Habit;
use crate::options::Options;
use crate::procfs::Usage;
use crate::publisher::Publisher;
use crate::sampler::{Sample, Sampler};
use crate::speech::Speech;
use crate::swarm::{Plan, Swarm, Tallies};
use crate::tally::Tally;
use crate::target::Target;
use crate::warm::{self, Warmth};

const SAMPLE_INTERVAL: Duration = Duration::from_millis(250);

/// How long it may take until all play, after the last has come.
const SETTLING_PATIENCE: Duration = Duration::from_secs(20);

/// How long the first buffers take to fill; the measurement starts after that.
const BURST: Duration = Duration::from_secs(4);

/// How many of the steady viewers of each door tell how old frames are, spread over all.
const PROBES: usize = 20;

/// How long our server may take to clean up after its viewers.
const DRAIN_PATIENCE: Duration = Duration::from_secs(15);

/// All that a test has shown.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) tallies: Tallies,
    pub(crate) players: Players,
    pub(crate) sampler: Sampler,
    /// From when to when was measured.
    pub(crate) window: (Instant, Instant),
    /// What the server held before the first viewer and after the last.
    pub(crate) warmth: Warmth,
    pub(crate) after: Usage,
    /// How many steady viewers played as the measurement ended.
    pub(crate) steady_at_end: usize,
    /// How late the light viewers themselves were at most.
    pub(crate) lateness: Duration,
}

impl Outcome {
    /// What all viewers of a habit saw.
    pub(crate) fn all(&self, habit: Habit) -> Tally {
        let mut sum = Tally::default();
        for tallies in &self.tallies {
            sum.merge(tallies[habit as usize].clone());
        }
        sum
    }
}

/// Runs a test.
pub(crate) fn run(options: &Options, target: Arc<Target>) -> Result<Outcome> {
    let bar = progress_bar(options);
    let publisher = match options.publish {
        true => Some(Publisher::start(options, target.doors[0].url.to_string())?),
        false => None,
    };
    bar.set_message("warming the server");
    let warmth = warm::warm(&target)?;
    let before = warmth.warm;
    let mut players = Players::start(&target.doors[0].url, options.ffplay)?;
    let swarm = Swarm::start(&target, &plans(options), options.threads)?;
    let mut observer = Observer { sampler: Sampler::new(&target), bar, swarm };

    observer.watch_until(Instant::now() + options.ramp_time(), &mut players, |_| false);
    let settled = |steady| steady == options.steady();
    observer.watch_until(Instant::now() + SETTLING_PATIENCE, &mut players, settled);
    observer.watch_until(Instant::now() + BURST, &mut players, |_| false);
    let start = Instant::now();
    let end = start + Duration::from_secs(options.seconds);
    observer.watch_until(end, &mut players, |_| false);

    let Observer { mut sampler, bar, swarm } = observer;
    let gauges = Arc::clone(&swarm.gauges);
    let steady_at_end = gauges.steady.load(Ordering::Relaxed);
    let window = (start, Instant::now());
    let tallies = swarm.stop()?;
    players.stop();
    drop(publisher);
    bar.set_message("all have left");
    let deadline = Instant::now() + if target.is_ours() { DRAIN_PATIENCE } else { BURST };
    let mut after = sampler.sample(&gauges, 0).server;
    while Instant::now() < deadline && !is_clean(options, &before, &after) {
        thread::sleep(SAMPLE_INTERVAL);
        after = sampler.sample(&gauges, 0).server;
    }
    bar.finish_and_clear();
    let lateness = Duration::from_millis(gauges.lateness.load(Ordering::Relaxed));
    Ok(Outcome { tallies, players, sampler, window, warmth, after, steady_at_end, lateness })
}

/// Whether threads and descriptors are as few as they were. A live stream that has had many viewers
/// keeps its own thread.
pub(crate) fn is_clean(options: &Options, before: &Usage, after: &Usage) -> bool {
    let streams = match (options.shared || options.publish, options.apart) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => options.doors().len() as u64,
    };
    after.threads <= before.threads + streams && after.descriptors <= before.descriptors
}

/// Who comes when: all kinds well mixed, at the rate of the ramp.
fn plans(options: &Options) -> Vec<Plan> {
    let slow = |index| if index % 2 == 0 { Habit::Slow } else { Habit::Stuck };
    let doors = options.doors();
    // Other frames do not tell when they were made.
    let is_stamped = options.shared && options.file.is_none();
    let most = doors.iter().map(|&(_, steady)| steady).max().unwrap_or_default();
    let mut viewers = Vec::with_capacity(options.viewers());
    for index in 0..most.max(options.slow).max(options.churn) {
        let steady = |&(door, (_, count)): &(usize, &(Speech, usize))| {
            let is_probe = is_stamped && index.is_multiple_of((count / PROBES).max(1));
            (index < *count).then_some((door, Habit::Steady, is_probe))
        };
        viewers.extend(doors.iter().enumerate().filter_map(|door| steady(&door)));
        let any_door = index / 2 % doors.len();
        viewers.extend((index < options.slow).then(|| (any_door, slow(index), false)));
        viewers.extend((index < options.churn).then_some((any_door, Habit::Fickle, false)));
    }
    let (start, interval) = (Instant::now(), Duration::from_secs(1) / options.ramp.max(1));
    let plan = |(index, (door, habit, is_probe))| {
        let at = start + interval * index as u32;
        Plan { door, habit, at, is_probe }
    };
    viewers.into_iter().enumerate().map(plan).collect()
}

/// Looks on, and shows what it sees.
#[derive(Debug)]
struct Observer {
    sampler: Sampler,
    bar: ProgressBar,
    swarm: Swarm,
}

impl Observer {
    /// Looks on until then, or until `is_enough` of the number of steady viewers that play.
    fn watch_until(
        &mut self,
        end: Instant,
        players: &mut Players,
        is_enough: impl Fn(usize) -> bool,
    ) {
        loop {
            let previous = self.sampler.samples.last().copied();
            let sample = self.sampler.sample(&self.swarm.gauges, players.count());
            self.show(&sample, previous.as_ref());
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || is_enough(self.swarm.gauges.steady.load(Ordering::Relaxed)) {
                return;
            }
            thread::sleep(left.min(SAMPLE_INTERVAL));
        }
    }

    fn show(&self, sample: &Sample, previous: Option<&Sample>) {
        let first = self.sampler.samples.first().map_or(sample.at, |first| first.at);
        let megabits = previous.map_or(0.0, |previous| {
            let seconds = (sample.at - previous.at).as_secs_f64().max(0.001);
            (sample.bytes - previous.bytes) as f64 * 8.0 / 1e6 / seconds
        });
        self.bar.set_position((sample.at - first).as_secs());
        self.bar.set_message(format!(
            "{} playing, {megabits:.0} Mbit/s, server: {} threads, {} MiB",
            sample.playing,
            sample.server.threads,
            sample.server.resident_kib / 1024,
        ));
    }
}

fn progress_bar(options: &Options) -> ProgressBar {
    let expected = options.ramp_time() + BURST + Duration::from_secs(options.seconds);
    let style = ProgressStyle::with_template("{elapsed:>4} {bar:30} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(expected.as_secs()).with_style(style)
}
