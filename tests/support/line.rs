//! A line that can be throttled.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How much the line itself holds, at most.
const LINE_BYTES: usize = 4096;
/// The size of its packets: without it a small receive buffer makes a line that stands still.
const SEGMENT_BYTES: u32 = 536;

/// How far it falls behind its rate at most, on a busy machine, before it is slower in fact.
const CATCHES_UP: Duration = Duration::from_millis(100);

/// A line that passes one client on to a server, and what comes back at a rate.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

struct State {
    /// 0: as fast as it comes.
    bits_per_second: AtomicU64,
    passed: AtomicU64,
}

impl Line {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state =
            Arc::new(State { bits_per_second: AtomicU64::new(0), passed: AtomicU64::new(0) });
        let passing = Arc::clone(&state);
        thread::spawn(move || {
            let (client, _) = listener.accept().expect("a client comes");
            let server = connect_narrowly(server);
            let (mut from_client, mut to_server) = (clone(&client), clone(&server));
            thread::spawn(move || {
                let _ = std::io::copy(&mut from_client, &mut to_server);
                let _ = to_server.shutdown(Shutdown::Both);
            });
            passing.pass_on(server, client);
        });
        Self { address, state }
    }

    /// Passes on so many bits per second. 0: as fast as they come.
    pub(crate) fn throttle(&self, bits_per_second: u64) {
        self.state.bits_per_second.store(bits_per_second, Ordering::SeqCst);
    }

    /// Returns how many bytes have been passed on to the client.
    pub(crate) fn passed(&self) -> u64 {
        self.state.passed.load(Ordering::SeqCst)
    }
}

impl State {
    /// Until either end is gone.
    fn pass_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut due = Instant::now();
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if to.write_all(&piece[..length]).is_err() {
                return;
            }
            self.passed.fetch_add(length as u64, Ordering::SeqCst);
            let rate = self.bits_per_second.load(Ordering::SeqCst);
            if rate > 0 {
                due = due.max(Instant::now() - CATCHES_UP)
                    + Duration::from_secs_f64(length as f64 * 8.0 / rate as f64);
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}

fn connect_narrowly(server: SocketAddr) -> TcpStream {
    let domain = socket2::Domain::for_address(server);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(LINE_BYTES).expect("its size can be set");
    socket.set_tcp_mss(SEGMENT_BYTES).expect("its segments can be set");
    socket.connect(&server.into()).expect("the server listens");
    socket.into()
}

fn clone(socket: &TcpStream) -> TcpStream {
    socket.try_clone().expect("a descriptor")
}
