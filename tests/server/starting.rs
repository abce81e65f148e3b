//! A server starts on one or more addresses, and cannot start twice.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::{Connection, HandlerResult, Server, ServerConfig, StartError};

use crate::support::{Client, Host, PATIENCE, Told, on_streams};

#[test]
fn a_server_listens_on_several_addresses_and_answers_on_each() {
    let host = Host::start(on_streams(|_| {}));
    host.server.start("127.0.0.1:0").expect("a free port");
    host.server.start("localhost:0").expect("a free port");
    let addresses = host.server.listen_addresses();
    assert_eq!(addresses.len(), 3);
    assert_eq!(addresses[0].socket_address(), Some(host.address));
    for address in addresses {
        let address = address.socket_address().expect("TCP");
        assert_ne!(address.port(), 0);
        let mut client = Client::open(address);
        client.connect("live", &[]).expect("the connection is claimed");
        assert_eq!(client.create_stream(), 1);
    }
}

#[test]
fn what_is_no_address_or_not_free_is_a_typed_error_with_the_address_in_its_text() {
    let host = Host::start(on_streams(|_| {}));
    let taken = host.address.to_string();
    for (address, is_expected) in [
        (
            "nowhere",
            (|error| matches!(error, StartError::Resolve { .. })) as fn(&StartError) -> bool,
        ),
        ("1935", |error| matches!(error, StartError::Address { .. })),
        ("ftp://127.0.0.1:0", |error| matches!(error, StartError::Address { .. })),
        ("127.0.0.1:99999", |error| matches!(error, StartError::Address { .. })),
        (&taken, |error| matches!(error, StartError::Listen { .. })),
        ("192.0.2.1:0", |error| matches!(error, StartError::Listen { .. })),
    ] {
        let error = host.server.start(address).expect_err(address);
        assert!(is_expected(&error), "{address}: {error:?}");
        assert!(error.to_string().contains(address), "{error}");
    }
    let addresses = host.server.listen_addresses();
    assert_eq!(addresses.len(), 1);
    assert_eq!(addresses[0].socket_address(), Some(host.address));
    host.client().create_stream();
}

#[test]
fn one_that_listens_on_every_ipv6_address_is_reached_over_ipv4_too() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("left out: this machine has no IPv6");
        return;
    }
    let told = Told::default();
    let noted = told.clone();
    let host =
        Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            noted.note(format!("{:?}", connection.peer_address().ip()));
            Ok(true)
        });
    host.server.start("rtmp://[::]:0").expect("a free port");
    let port = host.server.listen_addresses()[1].port().expect("TCP");
    for ip in [IpAddr::from([127, 0, 0, 1]), Ipv6Addr::LOCALHOST.into()] {
        let mut client = Client::open((ip, port).into());
        client.connect("live", &[]).expect("the connection is claimed");
    }
    assert_eq!(told.all(), ["Some(127.0.0.1)", "Some(::1)"]);
}

#[test]
fn a_port_for_all_takes_rtmp_whole_and_in_pieces() {
    let host = Host::start(on_streams(|_| {}));
    host.server.start("auto://127.0.0.1:0").expect("a free port");
    let address = host.server.listen_addresses()[1].socket_address().expect("TCP");
    let mut client = Client::open(address);
    client.connect("live", &[]).expect("the connection is claimed");
    assert_eq!(client.create_stream(), 1);

    let mut socket = TcpStream::connect(address).expect("the server listens");
    let mut answer = [0; 1 + 2 * 1536];
    socket.write_all(&[3]).expect("the server reads");
    // By then the server has read the one byte.
    socket.set_read_timeout(Some(Duration::from_millis(50))).expect("an open socket");
    let early =
        socket.read(&mut answer).expect_err("C0 alone is no reason to answer or to hang up");
    assert!(matches!(early.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{early}");
    socket.set_read_timeout(Some(PATIENCE)).expect("an open socket");
    socket.write_all(&[0; 1536]).expect("the server reads");
    socket.read_exact(&mut answer).expect("S0, S1 and S2 answer C0 and C1");
}

#[test]
fn a_server_that_was_shut_down_does_not_start_again() {
    // No other test may open a server meanwhile: it might get this port.
    let host = Host::start_alone(ServerConfig::default(), on_streams(|_| {}));
    host.server.shutdown();
    host.server.shutdown();
    assert!(matches!(host.server.start("127.0.0.1:0"), Err(StartError::ShutDown)));
    assert!(host.server.listen_addresses().is_empty());
    assert!(!is_listening(host.address));
}

#[test]
fn a_server_that_is_dropped_is_shut_down_and_its_port_is_free_again() {
    let told = Told::default();
    let noted = told.clone();
    // No other test may open a server meanwhile: it might get this port.
    let host = Host::start_alone(ServerConfig::default(), on_streams(|_| {}));
    let server = Server::new(ServerConfig::default());
    server.install(on_streams(move |stream| noted.note(format!("stream {}", stream.id()))));
    server.start("127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0].socket_address().expect("TCP");
    let mut client = Client::open(address);
    client.connect("live", &[]).expect("the connection is claimed");
    client.create_stream();
    drop(server);
    assert!(client.until_closed().is_empty());
    assert!(!is_listening(address));
    assert_eq!(told.all(), ["stream 1"]);
    host.server.start(&address.to_string()).expect("the port is free again");
}

fn is_listening(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}
