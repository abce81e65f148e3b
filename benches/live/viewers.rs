//! Many light viewers on one thread.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use mio::{Events, Interest, Poll, Token};

use crate::viewer::{Received, Viewer};

const EVENTS: usize = 512;

/// Larger than what comes between two reads.
const BUFFER_BYTES: usize = 256 << 10;

/// Many light viewers on one thread.
pub(crate) struct Viewers {
    server: SocketAddr,
    origin: Instant,
    is_rtmp: bool,
    all: Vec<Viewer>,
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    pub(crate) received: Received,
}

impl Viewers {
    /// `is_rtmp` tells whether the server is more than a floor.
    pub(crate) fn new(server: SocketAddr, origin: Instant, is_rtmp: bool) -> Result<Self> {
        Ok(Self {
            server,
            origin,
            is_rtmp,
            all: Vec::new(),
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            buffer: vec![0; BUFFER_BYTES],
            received: Received::default(),
        })
    }

    /// Connects `count` more viewers, `per_second` at a time.
    pub(crate) fn add(&mut self, count: usize, per_second: usize) -> Result<()> {
        let started = Instant::now();
        for number in 0..count {
            self.run_until(started + Duration::from_secs(1) * number as u32 / per_second as u32)?;
            let mut viewer = Viewer::connect(self.server, self.is_rtmp)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut viewer.socket, Token(self.all.len()), interest)?;
            self.all.push(viewer);
        }
        Ok(())
    }

    /// Runs until all viewers but the first `before` have had a key frame. Returns how long each
    /// took from its connect on, in milliseconds and in order.
    pub(crate) fn wait_for_key_frames(
        &mut self,
        before: usize,
        patience: Duration,
    ) -> Result<Vec<f64>> {
        let deadline = Instant::now() + patience;
        loop {
            let new = &self.all[before..];
            let mut times: Vec<f64> =
                new.iter().filter_map(|viewer| viewer.first_key_frame_ms).collect();
            if times.len() == new.len() {
                times.sort_unstable_by(f64::total_cmp);
                return Ok(times);
            }
            let missing = new.len() - times.len();
            ensure!(Instant::now() < deadline, "{missing} viewers have no key frame");
            self.poll_once(Duration::from_millis(1))?;
        }
    }

    /// Reads for all viewers until `deadline`.
    pub(crate) fn run_until(&mut self, deadline: Instant) -> Result<()> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.poll_once(left)?;
        }
    }

    fn poll_once(&mut self, timeout: Duration) -> Result<()> {
        self.poll.poll(&mut self.events, Some(timeout))?;
        for event in &self.events {
            let viewer = &mut self.all[event.token().0];
            viewer.advance(&mut self.buffer, self.origin, &mut self.received)?;
        }
        Ok(())
    }
}
