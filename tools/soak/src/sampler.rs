//! What server and viewers do over time.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::procfs::Usage;
use crate::swarm::Gauges;
use crate::target::{MAX_DOORS, Target};

/// One look at server and viewers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) at: Instant,
    pub(crate) playing: usize,
    /// Light viewers that play, by the door they came through.
    playing_at: [usize; MAX_DOORS],
    /// What the process behind each door has spent, where each has its own.
    cpu_at: [Duration; MAX_DOORS],
    /// What it holds, in KiB.
    resident_at: [u64; MAX_DOORS],
    /// What all viewers have received since they came.
    pub(crate) bytes: u64,
    pub(crate) server: Usage,
    /// What this process, which is all light viewers, spends.
    pub(crate) viewers: Usage,
}

/// All looks so far.
#[derive(Debug)]
pub(crate) struct Sampler {
    processes: Vec<u32>,
    /// The process behind each door, where each has its own.
    apart: Vec<Option<u32>>,
    pub(crate) samples: Vec<Sample>,
}

impl Sampler {
    /// Looks at the processes of `target`.
    pub(crate) fn new(target: &Target) -> Self {
        let apart = target.doors.iter().map(|door| door.process).collect();
        Self { processes: target.processes.clone(), apart, samples: Vec::new() }
    }

    /// Looks, and remembers; `players` are viewers whose bytes cannot be seen.
    pub(crate) fn sample(&mut self, gauges: &Gauges, players: usize) -> Sample {
        let playing_at = gauges.playing.each_ref().map(|playing| playing.load(Ordering::Relaxed));
        let (mut cpu_at, mut resident_at) = ([Duration::ZERO; MAX_DOORS], [0; MAX_DOORS]);
        for (door, process) in self.apart.iter().enumerate() {
            let usage = process.map(|process| Usage::of(&[process])).unwrap_or_default();
            (cpu_at[door], resident_at[door]) = (usage.cpu, usage.resident_kib);
        }
        let sample = Sample {
            at: Instant::now(),
            playing: playing_at.iter().sum::<usize>() + players,
            playing_at,
            cpu_at,
            resident_at,
            bytes: gauges.bytes.load(Ordering::Relaxed),
            server: Usage::of(&self.processes),
            viewers: Usage::of(&[std::process::id()]),
        };
        self.samples.push(sample);
        sample
    }

    /// What the server held at most.
    pub(crate) fn peak(&self, of: impl Fn(&Usage) -> u64) -> u64 {
        self.samples.iter().map(|sample| of(&sample.server)).max().unwrap_or_default()
    }

    /// What the server held at most between two instants, in KiB.
    pub(crate) fn most_held(&self, (from, to): (Instant, Instant)) -> u64 {
        let held = self.between(from, to).map(|sample| sample.server.resident_kib);
        held.max().unwrap_or_default()
    }

    /// By how many KiB the process behind a door had grown at most between two instants, if each
    /// door has its own.
    pub(crate) fn growth_at(&self, door: usize, (from, to): (Instant, Instant)) -> Option<u64> {
        self.apart.get(door).copied().flatten()?;
        let before = self.samples.first()?.resident_at[door];
        let held = self.between(from, to).map(|sample| sample.resident_at[door]);
        Some(held.max()?.saturating_sub(before))
    }

    fn between(&self, from: Instant, to: Instant) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| (from..=to).contains(&sample.at))
    }

    /// What happened between two instants.
    pub(crate) fn window(&self, from: Instant, to: Instant) -> Option<Window> {
        let within: Vec<_> = self.between(from, to).collect();
        let (first, last) = (within.first()?, within.last()?);
        let viewer_seconds = |playing: &dyn Fn(&Sample) -> usize| -> f64 {
            let pair = |pair: &[&Sample]| {
                playing(pair[0]) as f64 * (pair[1].at - pair[0].at).as_secs_f64()
            };
            within.windows(2).map(pair).sum()
        };
        let cost_at = |door: usize| {
            let cpu = last.cpu_at[door].saturating_sub(first.cpu_at[door]);
            let is_apart = self.apart.get(door).is_some_and(Option::is_some);
            is_apart.then(|| cost(cpu, viewer_seconds(&|sample| sample.playing_at[door])))
        };
        Some(Window {
            length: last.at - first.at,
            viewer_seconds: viewer_seconds(&|sample| sample.playing),
            cost_at: std::array::from_fn(cost_at),
            bytes: last.bytes - first.bytes,
            server_cpu: last.server.cpu.saturating_sub(first.server.cpu),
            viewers_cpu: last.viewers.cpu.saturating_sub(first.viewers.cpu),
        })
    }
}

/// Milliseconds of processor time for one viewer and second.
fn cost(cpu: Duration, viewer_seconds: f64) -> f64 {
    cpu.as_secs_f64() * 1000.0 / viewer_seconds
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) length: Duration,
    /// How many viewers there were, times how long.
    pub(crate) viewer_seconds: f64,
    /// As [`Window::cost`], for the viewers of one door, where its process serves nobody else.
    pub(crate) cost_at: [Option<f64>; MAX_DOORS],
    pub(crate) bytes: u64,
    pub(crate) server_cpu: Duration,
    pub(crate) viewers_cpu: Duration,
}

impl Window {
    /// What one viewer costs the server in a second, in milliseconds of processor time.
    pub(crate) fn cost(&self) -> f64 {
        cost(self.server_cpu, self.viewer_seconds)
    }

    /// What all viewers receive, in megabits per second.
    pub(crate) fn megabits_per_second(&self) -> f64 {
        self.bytes as f64 * 8.0 / 1e6 / self.length.as_secs_f64()
    }
}
