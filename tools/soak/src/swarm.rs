//! Hundreds of light viewers on a few threads.
//!
//! Viewers that connect are polled, so that the time to the first key frame is exact. Viewers that
//! play are swept: each is read 25 times a second, a quarter of them at a time, and registered
//! nowhere. That keeps the viewers cheap, and what the server spends on waking them out of the
//! server's account: real viewers sit on other machines.
//!
//! A few viewers, the probes, stay polled on a thread of their own, so that they tell the age of
//! each frame.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use mio::{Events, Interest, Poll, Token};

use crate::habit::Habit;
use crate::random::Random;
use crate::tally::Tally;
use crate::target::{MAX_DOORS, Target};
use crate::viewer::{Departure, Viewer};

/// Each viewer is read once in so many sweeps.
const SWEEPS: usize = 4;
const SWEEP_INTERVAL: Duration = Duration::from_millis(10);

/// How often viewers are looked at that say nothing.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// How long a viewer that was thrown out waits before it comes again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What is going on, for whoever looks on.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    /// Viewers of all kinds that see something, by the door they came through.
    pub(crate) playing: [AtomicUsize; MAX_DOORS],
    /// Those among them that are to see all of it.
    pub(crate) steady: AtomicUsize,
    pub(crate) bytes: AtomicU64,
    /// How late a sweep has been at most, in milliseconds: late viewers make any server look bad.
    pub(crate) lateness: AtomicU64,
    /// Set to make all leave.
    pub(crate) stop: AtomicBool,
}

/// When a viewer comes, through which door, and how it behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) door: usize,
    pub(crate) habit: Habit,
    pub(crate) at: Instant,
    /// Whether it notes how old frames are.
    pub(crate) is_probe: bool,
}

/// What the viewers of each habit saw, by the door they came through.
pub(crate) type Tallies = [[Tally; Habit::COUNT]; MAX_DOORS];

/// The threads of the viewers.
#[derive(Debug)]
pub(crate) struct Swarm {
    threads: Vec<thread::JoinHandle<io::Result<Tallies>>>,
    pub(crate) gauges: Arc<Gauges>,
}

impl Swarm {
    /// Lets the viewers of `plans` come, spread over so many threads.
    pub(crate) fn start(target: &Arc<Target>, plans: &[Plan], threads: usize) -> Result<Self> {
        let gauges = Arc::new(Gauges::default());
        let threads = threads.max(1);
        let mut handles = Vec::new();
        let (probes, others): (Vec<_>, Vec<_>) = plans.iter().partition(|plan| plan.is_probe);
        let share = |index| others.iter().skip(index).step_by(threads).copied().collect();
        let shares = (0..threads).map(share).chain([probes]);
        for (index, share) in shares.enumerate() {
            let flock = Flock::new(Arc::clone(target), Arc::clone(&gauges), share, index as u64)?;
            let name = format!("viewers-{index}");
            handles.push(thread::Builder::new().name(name).spawn(move || flock.run())?);
        }
        Ok(Self { threads: handles, gauges })
    }

    /// Makes all viewers leave, and says what they saw.
    pub(crate) fn stop(self) -> Result<Tallies> {
        self.gauges.stop.store(true, Ordering::Relaxed);
        let mut tallies = Tallies::default();
        for handle in self.threads {
            let share = handle.join().map_err(|_| anyhow!("a thread of viewers panicked"))??;
            for (tally, other) in tallies.iter_mut().flatten().zip(share.into_iter().flatten()) {
                tally.merge(other);
            }
        }
        Ok(tallies)
    }
}

/// One place in the swarm: a viewer, or the wait for the next.
#[derive(Debug)]
struct Place {
    door: usize,
    habit: Habit,
    is_probe: bool,
    viewer: Option<Viewer>,
    /// Plays, so that it is swept instead of polled. A probe is polled all the same.
    is_swept: bool,
    leaves: Option<Instant>,
}

/// The viewers of one thread.
#[derive(Debug)]
struct Flock {
    target: Arc<Target>,
    gauges: Arc<Gauges>,
    places: Vec<Place>,
    /// Which place gets a viewer when, the next on top.
    arrivals: BinaryHeap<Reverse<(Instant, usize)>>,
    tallies: Tallies,
    poll: Poll,
    scratch: Vec<u8>,
    random: Random,
}

impl Flock {
    fn new(
        target: Arc<Target>,
        gauges: Arc<Gauges>,
        plans: Vec<Plan>,
        seed: u64,
    ) -> io::Result<Self> {
        let place = |plan: &Plan| Place {
            door: plan.door,
            habit: plan.habit,
            is_probe: plan.is_probe,
            viewer: None,
            is_swept: false,
            leaves: None,
        };
        Ok(Self {
            target,
            gauges,
            places: plans.iter().map(place).collect(),
            arrivals: plans.iter().enumerate().map(|(i, plan)| Reverse((plan.at, i))).collect(),
            tallies: Tallies::default(),
            poll: Poll::new()?,
            scratch: vec![0; 256 << 10],
            random: Random::new(seed),
        })
    }

    fn run(mut self) -> io::Result<Tallies> {
        let mut events = Events::with_capacity(1024);
        let mut next_sweep = Instant::now();
        let mut next_check = next_sweep;
        let mut sweep = 0;
        while !self.gauges.stop.load(Ordering::Relaxed) {
            let timeout = next_sweep.saturating_duration_since(Instant::now());
            if let Err(error) = self.poll.poll(&mut events, Some(timeout))
                && error.kind() != io::ErrorKind::Interrupted
            {
                return Err(error);
            }
            for event in &events {
                self.advance(event.token().0);
            }
            let now = Instant::now();
            self.let_in(now);
            if now >= next_sweep {
                let lateness = (now - next_sweep).as_millis() as u64;
                self.gauges.lateness.fetch_max(lateness, Ordering::Relaxed);
                self.sweep(sweep);
                sweep = (sweep + 1) % SWEEPS;
                next_sweep = (next_sweep + SWEEP_INTERVAL).max(now);
            }
            if now >= next_check {
                self.check(now);
                next_check = now + CHECK_INTERVAL;
            }
        }
        self.dismiss();
        Ok(self.tallies)
    }

    /// Lets those in whose time has come.
    fn let_in(&mut self, now: Instant) {
        while let Some(&Reverse((at, index))) = self.arrivals.peek()
            && at <= now
        {
            self.arrivals.pop();
            if let Err(departure) = self.connect(index) {
                let Place { door, habit, .. } = self.places[index];
                self.tallies[door][habit as usize].add_failure(&departure);
                self.arrivals.push(Reverse((now + RETRY_DELAY, index)));
            }
        }
    }

    fn connect(&mut self, index: usize) -> Result<(), Departure> {
        let now = Instant::now();
        let place = &mut self.places[index];
        let mut viewer = Viewer::connect(&self.target.doors[place.door], now, &mut self.random)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(viewer.carrier.socket(), Token(index), interest)?;
        place.leaves = place.habit.stay(&mut self.random).map(|stay| now + stay);
        place.is_swept = false;
        viewer.watch.ages = place.is_probe.then(Vec::new);
        place.viewer = Some(viewer);
        Ok(())
    }

    /// Reads the viewers of one sweep, those that play and those that ask by the clock; the time is
    /// taken for each, as a sweep may take a while.
    fn sweep(&mut self, sweep: usize) {
        for index in (sweep..self.places.len()).step_by(SWEEPS) {
            let place = &self.places[index];
            let keeps_time = || place.viewer.as_ref().is_some_and(|it| it.carrier.keeps_time());
            if place.is_swept || keeps_time() {
                self.advance(index);
            }
        }
    }

    fn advance(&mut self, index: usize) {
        let now = Instant::now();
        let place = &mut self.places[index];
        let Some(viewer) = &mut place.viewer else { return };
        let allowance = place.habit.allowance(place.is_swept, SWEEP_INTERVAL * SWEEPS as u32);
        let before = viewer.watch.bytes;
        let advanced = viewer.advance(now, &mut self.scratch, allowance);
        self.gauges.bytes.fetch_add(viewer.watch.bytes - before, Ordering::Relaxed);
        if let Err(departure) = advanced {
            self.depart(index, now, Some(&departure));
        } else if viewer.is_playing() && !place.is_swept {
            self.settle(index);
        }
    }

    /// A viewer has begun to play.
    fn settle(&mut self, index: usize) {
        let place = &mut self.places[index];
        let Some(viewer) = &mut place.viewer else { return };
        if !place.is_probe {
            // It can only fail for a socket that is not registered, and then all is well.
            let _ = self.poll.registry().deregister(viewer.carrier.socket());
        }
        place.is_swept = true;
        self.gauges.playing[place.door].fetch_add(1, Ordering::Relaxed);
        self.gauges.steady.fetch_add(usize::from(place.habit.is_steady()), Ordering::Relaxed);
    }

    /// Looks at all viewers: those whose time is up leave, and those who are ignored give up.
    fn check(&mut self, now: Instant) {
        for index in 0..self.places.len() {
            let place = &mut self.places[index];
            let Some(viewer) = &mut place.viewer else { continue };
            if place.leaves.is_some_and(|leaves| leaves <= now) {
                self.depart(index, now, None);
            } else if let Err(departure) = viewer.check(now) {
                self.depart(index, now, Some(&departure));
            }
        }
    }

    /// A viewer is gone; another one comes in its place.
    fn depart(&mut self, index: usize, now: Instant, departure: Option<&Departure>) {
        let place = &mut self.places[index];
        let Some(viewer) = place.viewer.take() else { return };
        self.tallies[place.door][place.habit as usize].add(now, &viewer.watch, departure);
        if place.is_swept {
            place.is_swept = false;
            self.gauges.playing[place.door].fetch_sub(1, Ordering::Relaxed);
            self.gauges.steady.fetch_sub(usize::from(place.habit.is_steady()), Ordering::Relaxed);
        }
        let pause = match departure {
            None => place.habit.pause(&mut self.random),
            Some(Departure::Ended) => Duration::ZERO,
            Some(_) => RETRY_DELAY,
        };
        self.arrivals.push(Reverse((now + pause, index)));
    }

    /// The test is over.
    fn dismiss(&mut self) {
        let now = Instant::now();
        for index in 0..self.places.len() {
            self.depart(index, now, None);
        }
    }
}
