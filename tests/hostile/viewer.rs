//! An honest player, which attacks must not disturb.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rendercast::protocol::chunk::MessageType;

use super::peer::Peer;
use super::server::PATIENCE;

/// The longest time that a viewer may wait for its next frame. They come every 125 ms. The rest is
/// for machines that are busy.
const LONGEST_GAP: Duration = Duration::from_secs(2);

/// A player that plays until it is dropped.
#[derive(Debug)]
pub(crate) struct Viewer {
    seen: Arc<Seen>,
    socket: TcpStream,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Seen {
    frames: AtomicU64,
    longest_gap_ms: AtomicU64,
    is_leaving: AtomicBool,
}

impl Viewer {
    /// Starts to play, and waits for the first frames.
    pub(crate) fn of(server: SocketAddr) -> Self {
        let peer = Peer::playing(server, "film");
        let socket = peer.socket();
        let seen = Arc::new(Seen::default());
        let thread = {
            let seen = Arc::clone(&seen);
            thread::spawn(move || seen.watch(peer))
        };
        let viewer = Self { seen, socket, thread: Some(thread) };
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
        let gap = Duration::from_millis(self.seen.longest_gap_ms.load(Ordering::Relaxed));
        assert!(gap <= LONGEST_GAP, "an honest player waited {gap:?} for a frame");
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.seen.is_leaving.store(true, Ordering::Relaxed);
        // Its thread waits for the next frame.
        let _ = self.socket.shutdown(Shutdown::Both);
        let watched = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(watched, Some(Ok(()))), "an honest player failed");
        }
    }
}

impl Seen {
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
