use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::ConnectionSender;
use crate::protocol::Carrier;
use crate::server::budget::{Account, Budget};
use crate::sync::lock;
use crate::threads::ThreadPool;
use crate::transport::Transport;

/// Takes all it is given, and keeps it until it is flushed.
#[derive(Debug, Default)]
struct Hoarder {
    taken: Mutex<Vec<u8>>,
    left: AtomicUsize,
    is_broken: AtomicBool,
}

impl Transport for Hoarder {
    fn carrier(&self) -> Carrier {
        Carrier::Rtmp
    }

    fn read(&self, _buffer: &mut [u8], _timeout: Duration) -> io::Result<usize> {
        Ok(0)
    }

    fn try_send(&self, parts: &[Bytes]) -> io::Result<usize> {
        let mut taken = lock(&self.taken);
        let before = taken.len();
        parts.iter().for_each(|part| taken.extend_from_slice(part));
        Ok(taken.len() - before)
    }

    fn send(&self, parts: &[Bytes]) -> io::Result<usize> {
        self.try_send(parts)
    }

    fn has_unsent(&self) -> bool {
        self.left.load(Ordering::Acquire) < lock(&self.taken).len()
    }

    fn flush(&self) -> io::Result<()> {
        if self.is_broken.load(Ordering::Acquire) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.left.store(lock(&self.taken).len(), Ordering::Release);
        Ok(())
    }

    fn limit_unsent(&self, _bytes: u32) {}

    fn stop_reading(&self) {}

    fn stop_writing(&self) {}
}

fn outbox(transport: &Arc<Hoarder>) -> Arc<ConnectionSender> {
    let transport = Arc::clone(transport) as Arc<dyn Transport>;
    let account = Account::open(&Budget::new(1 << 20));
    let pool = ThreadPool::new(256 << 10);
    Arc::new(ConnectionSender::new(1, transport, pool, 64 << 10, account))
}

#[test]
fn what_a_transport_has_taken_leaves_although_nothing_follows() {
    let hoarder = Arc::new(Hoarder::default());
    let outbox = outbox(&hoarder);
    for length in 1..=3 {
        outbox.send_replies(b"reply".to_vec()).expect("it is open");
        outbox.drain(Instant::now() + Duration::from_secs(10));
        assert!(!hoarder.has_unsent(), "reply {length} did not leave");
        assert!(!outbox.is_congested(), "all has left");
        assert_eq!(lock(&hoarder.taken).len(), 5 * length);
    }
    outbox.close();
}

#[test]
fn a_transport_that_cannot_have_it_leave_ends_the_sending() {
    let hoarder = Arc::new(Hoarder::default());
    hoarder.is_broken.store(true, Ordering::Release);
    let outbox = outbox(&hoarder);
    outbox.send_replies(b"reply".to_vec()).expect("it is taken");
    outbox.drain(Instant::now() + Duration::from_secs(10));
    assert_eq!(outbox.failure(), Some(io::ErrorKind::TimedOut));
    outbox.close();
}
