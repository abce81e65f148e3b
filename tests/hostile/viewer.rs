//! An honest player, which attacks must not disturb.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rendercast::protocol::chunk::MessageType;

use super::peer::Peer;
use super::server::PATIENCE;

/// The longest time that a viewer may wait for its next frame, besides the time that the machine is
/// busy with others. Frames come every 125 ms.
const LONGEST_GAP: Duration = Duration::from_secs(2);

/// A frame passes three threads, and each may be late.
const THREADS: u32 = 3;

/// A player that plays until it is dropped.
#[derive(Debug)]
pub(crate) struct Viewer {
    seen: Arc<Seen>,
    socket: TcpStream,
    threads: Option<[JoinHandle<()>; 2]>,
}

#[derive(Debug, Default)]
struct Seen {
    frames: AtomicU64,
    longest_gap_ms: AtomicU64,
    /// By how much the machine woke a thread too late.
    longest_delay_ms: AtomicU64,
    is_leaving: AtomicBool,
}

impl Viewer {
    /// Starts to play, and waits for the first frames.
    pub(crate) fn of(server: SocketAddr) -> Self {
        let peer = Peer::playing(server, "film");
        let socket = peer.socket();
        let seen = Arc::new(Seen::default());
        let (watched, measured) = (Arc::clone(&seen), Arc::clone(&seen));
        let threads =
            [thread::spawn(move || watched.watch(peer)), thread::spawn(move || measured.nap())];
        let viewer = Self { seen, socket, threads: Some(threads) };
        viewer.sees_more();
        viewer
    }

    /// Panics unless frames have come without a break, and still come.
    pub(crate) fn sees_more(&self) {
        let before = self.seen.frames.load(Ordering::Relaxed);
        let until = Instant::now() + PATIENCE;
        while self.seen.frames.load(Ordering::Relaxed) == before {
            assert!(Instant::now() < until, "an honest player gets no frames any more");
            thread::sleep(Duration::from_millis(2));
        }
        let longest = |ms: &AtomicU64| Duration::from_millis(ms.load(Ordering::Relaxed));
        let gap = longest(&self.seen.longest_gap_ms);
        let limit = LONGEST_GAP + THREADS * longest(&self.seen.longest_delay_ms);
        assert!(gap <= limit, "an honest player waited {gap:?} for a frame, longer than {limit:?}");
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.seen.is_leaving.store(true, Ordering::Relaxed);
        // Its thread waits for the next frame.
        let _ = self.socket.shutdown(Shutdown::Both);
        let ended = self.threads.take().map(|threads| threads.map(JoinHandle::join));
        if !thread::panicking() {
            assert!(matches!(ended, Some([Ok(()), Ok(())])), "an honest player failed");
        }
    }
}

impl Seen {
    fn nap(&self) {
        const NAP: Duration = Duration::from_millis(10);
        while !self.is_leaving.load(Ordering::Relaxed) {
            let since = Instant::now();
            thread::sleep(NAP);
            let delay = since.elapsed().saturating_sub(NAP);
            let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            self.longest_delay_ms.fetch_max(delay, Ordering::Relaxed);
        }
    }

    fn watch(&self, mut peer: Peer) {
        let mut last = Instant::now();
        while let Some(message) = peer.hear() {
            if message.message_type == MessageType::VIDEO {
                let gap = u64::try_from(last.elapsed().as_millis()).unwrap_or(u64::MAX);
                last = Instant::now();
                self.longest_gap_ms.fetch_max(gap, Ordering::Relaxed);
                self.frames.fetch_add(1, Ordering::Relaxed);
            }
        }
        assert!(self.is_leaving.load(Ordering::Relaxed), "an honest player is served on");
    }
}
