//! Many light viewers, on a thread or more.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use mio::{Events, Interest, Poll, Token};

use crate::viewer::{Received, Viewer};

const EVENTS: usize = 512;

/// Larger than what comes between two reads.
const BUFFER_BYTES: usize = 256 << 10;

/// How often a thread looks whether it must stop.
const STEP: Duration = Duration::from_millis(20);

/// What viewers connect to, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) server: SocketAddr,
    /// From when the times in video messages count.
    pub(crate) origin: Instant,
    /// Whether the server is more than a floor.
    pub(crate) is_rtmp: bool,
}

impl Goal {
    fn now(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }
}

/// Light viewers that watch until they are stopped.
#[derive(Debug)]
pub(crate) struct Viewers {
    goal: Goal,
    count: usize,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Result<Received>>>,
}

#[derive(Debug, Default)]
struct Shared {
    connected: AtomicUsize,
    with_key_frame: AtomicUsize,
    bytes: AtomicU64,
    /// From when to when video messages count, in nanoseconds since the origin.
    counted_from: AtomicU64,
    counted_until: AtomicU64,
    must_stop: AtomicBool,
}

impl Shared {
    fn counted(&self) -> Range<u64> {
        self.counted_from.load(Ordering::Relaxed)..self.counted_until.load(Ordering::Relaxed)
    }
}

impl Viewers {
    /// Lets `count` viewers connect within `ramp`, on so many threads.
    pub(crate) fn start(goal: Goal, count: usize, ramp: Duration, threads: usize) -> Self {
        let threads = threads.clamp(1, count.max(1));
        let shared = Arc::new(Shared::default());
        let start = |number| {
            let shared = Arc::clone(&shared);
            let share = count / threads + usize::from(number < count % threads);
            thread::spawn(move || Crowd::new(goal)?.watch(share, ramp, &shared))
        };
        let threads = (0..threads).map(start).collect();
        Self { goal, count, shared, threads }
    }

    pub(crate) fn wait_for_connections(&mut self, patience: Duration) -> Result<()> {
        self.wait_for(patience, "no connection", |shared| &shared.connected)
    }

    /// Waits until all have had a key frame.
    pub(crate) fn wait_for_key_frames(&mut self, patience: Duration) -> Result<()> {
        self.wait_for(patience, "no key frame", |shared| &shared.with_key_frame)
    }

    fn wait_for(
        &mut self,
        patience: Duration,
        what: &str,
        counter: fn(&Shared) -> &AtomicUsize,
    ) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            let missing = self.count - counter(&self.shared).load(Ordering::Relaxed);
            if missing == 0 {
                return Ok(());
            }
            self.check()?;
            ensure!(Instant::now() < deadline, "{missing} viewers have {what}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets video messages count that are published from now on.
    pub(crate) fn begin_to_count(&self) {
        self.shared.counted_until.store(u64::MAX, Ordering::Relaxed);
        self.shared.counted_from.store(self.goal.now(), Ordering::Relaxed);
    }

    /// Lets video messages not count that are published from now on.
    pub(crate) fn end_to_count(&self) {
        self.shared.counted_until.store(self.goal.now(), Ordering::Relaxed);
    }

    /// Returns from when to when video messages count, in nanoseconds since the origin.
    pub(crate) fn counted(&self) -> Range<u64> {
        self.shared.counted()
    }

    /// Returns how many bytes all of them have received.
    pub(crate) fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// Fails if a thread has failed.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.threads.iter().position(JoinHandle::is_finished) {
            Some(ended) => join(self.threads.swap_remove(ended)).map(drop),
            None => Ok(()),
        }
    }

    /// Closes all connections. Returns what arrived, in no order.
    pub(crate) fn stop(mut self) -> Result<Received> {
        self.shared.must_stop.store(true, Ordering::Relaxed);
        let mut all = Received::default();
        for thread in self.threads.drain(..) {
            all.add(join(thread)?);
        }
        Ok(all)
    }
}

impl Drop for Viewers {
    fn drop(&mut self) {
        self.shared.must_stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn join(thread: JoinHandle<Result<Received>>) -> Result<Received> {
    thread.join().map_err(|_| anyhow!("a thread of viewers panicked"))?
}

/// The viewers of one thread.
struct Crowd {
    goal: Goal,
    all: Vec<Viewer>,
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    received: Received,
}

impl Crowd {
    fn new(goal: Goal) -> Result<Self> {
        Ok(Self {
            goal,
            all: Vec::new(),
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            buffer: vec![0; BUFFER_BYTES],
            received: Received::default(),
        })
    }

    fn watch(mut self, count: usize, ramp: Duration, shared: &Shared) -> Result<Received> {
        let started = Instant::now();
        for number in 0..count {
            self.connect().context("a viewer does not connect")?;
            shared.connected.fetch_add(1, Ordering::Relaxed);
            // The others are served meanwhile, also if all connect at once.
            let next = started + ramp * (number as u32 + 1) / count as u32;
            loop {
                let left = next.saturating_duration_since(Instant::now());
                self.poll_once(left, shared)?;
                if left.is_zero() {
                    break;
                }
            }
        }
        while !shared.must_stop.load(Ordering::Relaxed) {
            self.poll_once(STEP, shared)?;
        }
        Ok(self.received)
    }

    fn connect(&mut self) -> Result<()> {
        let mut viewer = Viewer::connect(self.goal.server, self.goal.is_rtmp)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut viewer.socket, Token(self.all.len()), interest)?;
        self.all.push(viewer);
        Ok(())
    }

    fn poll_once(&mut self, timeout: Duration, shared: &Shared) -> Result<()> {
        self.poll.poll(&mut self.events, Some(timeout))?;
        let joined_before = self.received.joins_ms.len();
        self.received.counted = shared.counted();
        for event in &self.events {
            let viewer = &mut self.all[event.token().0];
            let bytes = viewer.advance(&mut self.buffer, self.goal.origin, &mut self.received)?;
            shared.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        let joined = self.received.joins_ms.len() - joined_before;
        shared.with_key_frame.fetch_add(joined, Ordering::Relaxed);
        Ok(())
    }
}
