//! A connection that is slower than the media that are sent over it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How much the line itself holds.
const LINE_BYTES: usize = 16 << 10;

/// Listens, and passes one client on to `server`; what comes back goes at `bytes_per_second`.
pub(crate) fn slow_line(server: SocketAddr, bytes_per_second: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        let (client, _) = listener.accept().expect("a client comes");
        let server = connect_narrowly(server);
        let (mut from_client, mut to_server) = (clone(&client), clone(&server));
        thread::spawn(move || {
            let _ = std::io::copy(&mut from_client, &mut to_server);
            let _ = to_server.shutdown(Shutdown::Both);
        });
        pass_on(server, client, bytes_per_second);
    });
    address
}

fn connect_narrowly(server: SocketAddr) -> TcpStream {
    let domain = socket2::Domain::for_address(server);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(LINE_BYTES).expect("its size can be set");
    socket.connect(&server.into()).expect("the server listens");
    socket.into()
}

fn clone(socket: &TcpStream) -> TcpStream {
    socket.try_clone().expect("a descriptor")
}

/// Until either end is gone.
fn pass_on(mut from: TcpStream, mut to: TcpStream, bytes_per_second: usize) {
    let started = Instant::now();
    let mut passed = 0;
    let mut piece = [0; 2048];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..length]).is_err() {
            return;
        }
        passed += length;
        let due = Duration::from_secs_f64(passed as f64 / bytes_per_second as f64);
        thread::sleep(due.saturating_sub(started.elapsed()));
    }
}
