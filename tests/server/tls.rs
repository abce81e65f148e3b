//! RTMPS: certificates can be replaced while the server runs, and handlers see the carrier.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::Instant;

use rendercast::amf::{Object, Value};
use rendercast::protocol::client_session::{ClientSession, Config, Event};
use rendercast::tls::Certificate;
use rendercast::{Carrier, Connection, HandlerResult, Server, ServerConfig, StartError};
use rustls::{ClientConnection, StreamOwned};

use crate::support::{PATIENCE, SharedTurn, patient, wait_until};
use crate::trusted::Trusted;

/// A client of RTMPS that is connected to an application.
struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    session: ClientSession,
}

impl Client {
    /// Connects. Fails if the client does not trust the server.
    fn connect(server: SocketAddr, trusted: &Trusted) -> std::io::Result<Self> {
        let socket = TcpStream::connect(server)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let session = ClientSession::new(Config::new("live", "rtmps://localhost/live"), [7; 32]);
        let mut client = Self { stream: trusted.start(socket), session };
        client.wait_for(|event| matches!(event, Event::Connected { .. }))?;
        Ok(client)
    }

    /// Returns whether the server still answers.
    fn is_served(&mut self) -> bool {
        self.session.create_stream(Instant::now());
        self.wait_for(|event| matches!(event, Event::StreamCreated(_))).is_ok()
    }

    fn wait_for(&mut self, is_it: impl Fn(&Event) -> bool) -> std::io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            self.stream.write_all(&self.session.take_output())?;
            let length = self.stream.read(&mut buffer)?;
            if length == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let mut input = &buffer[..length];
            while let Some(event) =
                self.session.read(Instant::now(), &mut input).expect("the server speaks RTMP")
            {
                if is_it(&event) {
                    return Ok(());
                }
            }
        }
    }
}

fn claim(_: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
    Ok(true)
}

fn address(server: &Server, index: usize) -> SocketAddr {
    server.listen_addresses()[index].socket_address().expect("TCP")
}

#[test]
fn tls_without_certificates_does_not_start() {
    let _turn = SharedTurn::wait();
    let server = Server::new(patient());
    let error = server.start("rtmps://127.0.0.1:0").expect_err("no certificates");
    assert!(matches!(error, StartError::NoCertificates { .. }), "{error:?}");
    assert!(error.to_string().contains("rtmps://127.0.0.1:0"), "{error}");
    server.start("auto://127.0.0.1:0").expect("others are served");
    // The connection of a client that speaks TLS is closed at once.
    let error = Client::connect(address(&server, 0), &Trusted::new()).err().map(|it| it.kind());
    let is_closed = matches!(error, Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset));
    assert!(is_closed, "{error:?}");
}

#[test]
fn handlers_see_the_carrier() {
    let _turn = SharedTurn::wait();
    let trusted = Trusted::new();
    let certificates = trusted.certificates();
    let server = Server::new(ServerConfig::default().tls(certificates));
    let (note, noted) = mpsc::channel();
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        assert_eq!(connection.property("transport"), Some("rtmps".into()));
        note.send(connection.transport())?;
        Ok(true)
    });
    server.start("rtmps://127.0.0.1:0").expect("a free port");
    server.start("auto://127.0.0.1:0").expect("a free port");
    for listener in [0, 1] {
        let mut client = Client::connect(address(&server, listener), &trusted).expect("trust");
        assert_eq!(noted.recv_timeout(PATIENCE), Ok(Carrier::Rtmps));
        assert!(client.is_served());
    }
}

#[test]
fn certificates_are_exchanged_while_the_server_runs() {
    let _turn = SharedTurn::wait();
    let (old, new) = (Trusted::new(), Trusted::new());
    let certificates = old.certificates();
    let server = Server::new(ServerConfig::default().tls(certificates.clone()));
    server.install(claim);
    server.start("rtmps://127.0.0.1:0").expect("a free port");
    let address = address(&server, 0);
    let mut early = Client::connect(address, &old).expect("trust");

    certificates.replace([Certificate::pem("nonsense", "nonsense")]).expect_err("no certificate");
    assert!(Client::connect(address, &old).is_ok(), "the server keeps its certificate");

    certificates.replace([new.certificate()]).expect("usable");
    assert!(Client::connect(address, &new).is_ok(), "new handshakes see the new one");
    assert!(Client::connect(address, &old).is_err(), "and not the old one");
    assert!(early.is_served(), "connections go on");
}

/// The shutdown ends the thread of a connection that waits for the handshake.
#[test]
fn a_shutdown_does_not_wait_for_a_handshake() {
    let _turn = SharedTurn::wait();
    let trusted = Trusted::new();
    let certificates = trusted.certificates();
    let server = Server::new(patient().tls(certificates));
    server.start("rtmps://127.0.0.1:0").expect("a free port");
    let mut half = TcpStream::connect(address(&server, 0)).expect("the server listens");
    half.write_all(&[0x16, 3, 1]).expect("it is open");
    wait_until("the connection is there", || server.figures().connections == 1);
    let since = Instant::now();
    server.shutdown();
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
}
