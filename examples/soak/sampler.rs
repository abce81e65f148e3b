//! What server and viewers do over time.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::procfs::Usage;
use crate::swarm::Gauges;

/// One look at server and viewers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) at: Instant,
    pub(crate) playing: usize,
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
    pub(crate) samples: Vec<Sample>,
}

impl Sampler {
    /// Looks at those processes.
    pub(crate) const fn new(processes: Vec<u32>) -> Self {
        Self { processes, samples: Vec::new() }
    }

    /// Looks, and remembers; `players` are viewers whose bytes cannot be seen.
    pub(crate) fn sample(&mut self, gauges: &Gauges, players: usize) -> Sample {
        let sample = Sample {
            at: Instant::now(),
            playing: gauges.playing.load(Ordering::Relaxed) + players,
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

    /// What happened between two instants.
    pub(crate) fn window(&self, from: Instant, to: Instant) -> Option<Window> {
        let within: Vec<_> =
            self.samples.iter().filter(|sample| (from..=to).contains(&sample.at)).collect();
        let (first, last) = (within.first()?, within.last()?);
        let viewer_seconds = within
            .windows(2)
            .map(|pair| pair[0].playing as f64 * (pair[1].at - pair[0].at).as_secs_f64())
            .sum();
        Some(Window {
            length: last.at - first.at,
            viewer_seconds,
            bytes: last.bytes - first.bytes,
            server_cpu: last.server.cpu.saturating_sub(first.server.cpu),
            viewers_cpu: last.viewers.cpu.saturating_sub(first.viewers.cpu),
        })
    }
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) length: Duration,
    /// How many viewers there were, times how long.
    pub(crate) viewer_seconds: f64,
    pub(crate) bytes: u64,
    pub(crate) server_cpu: Duration,
    pub(crate) viewers_cpu: Duration,
}

impl Window {
    /// What one viewer costs the server in a second, in milliseconds of processor time.
    pub(crate) fn cost(&self) -> f64 {
        self.server_cpu.as_secs_f64() * 1000.0 / self.viewer_seconds
    }

    /// What all viewers receive, in megabits per second.
    pub(crate) fn megabits_per_second(&self) -> f64 {
        self.bytes as f64 * 8.0 / 1e6 / self.length.as_secs_f64()
    }
}
