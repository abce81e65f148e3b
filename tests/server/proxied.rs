//! Clients behind a proxy that announces them with a PROXY header.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use rendercast::amf::{Object, Value};
use rendercast::config::ConnectionLimits;
use rendercast::{Connection, HandlerResult, ServerConfig};

use crate::support::{Client, Host, PATIENCE, Told, patient};

/// A header of version 2 for 192.0.2.7:50123. A value of an unknown type follows the addresses.
const BINARY: &[u8] =
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10\xc0\0\x02\x07\xc6\x33\x64\x01\xc3\xcb\x07\x8f\xe0\0\x01!";

/// A header of version 2 with the command LOCAL: the proxy itself is the client.
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

const CLIENT: &str = "192.0.2.7:50123";

/// Starts a server that believes the headers from this machine. Notes the address of each client.
fn host(told: &Told, settings: ServerConfig) -> Host {
    let noted = told.clone();
    let settings = settings.proxies(["127.0.0.1".parse().expect("an address")]);
    let handler = move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let statistics = connection.statistics();
        let address = connection.peer_address().to_string();
        assert_eq!(statistics.get("peer_address"), Some(&address.clone().into()));
        noted.note(address);
        Ok(true)
    };
    Host::start_with(settings, handler)
}

fn line(client: &str) -> Vec<u8> {
    format!("PROXY TCP4 {client} 198.51.100.1 50123 1935\r\n").into_bytes()
}

/// Connects, and sends `bytes`.
fn say(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).expect("the server listens");
    socket.set_nodelay(true).expect("an open socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("an open socket");
    socket.write_all(bytes).expect("the server reads");
    socket
}

fn connect(socket: TcpStream) -> Client {
    let mut client = Client::over(socket);
    client.connect("live", &[]).expect("the connection is claimed");
    client
}

#[track_caller]
fn is_hung_up_on(mut socket: TcpStream) {
    let mut said = Vec::new();
    match socket.read_to_end(&mut said) {
        // It may be told why, but gets no handshake.
        Ok(_) if !said.starts_with(&[3]) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => panic!("it is not hung up on: {other:?}"),
    }
}

#[test]
fn the_clients_address_is_what_the_proxy_says_on_every_kind_of_listener() {
    let told = Told::default();
    let host = host(&told, patient());
    host.server.start("auto://127.0.0.1:0").expect("a free port");
    for listener in host.server.listen_addresses() {
        let address = listener.socket_address().expect("TCP");
        connect(say(address, &line("192.0.2.7"))).sync();
        connect(say(address, BINARY)).sync();
    }
    assert_eq!(told.all(), [CLIENT; 4]);
}

#[test]
fn a_header_in_pieces_and_one_with_what_follows_are_read_alike() {
    let told = Told::default();
    let host = host(&told, patient());
    for header in [&line("192.0.2.7")[..], BINARY] {
        let mut socket = say(host.address, &[]);
        for byte in header {
            socket.write_all(&[*byte]).expect("the server reads");
        }
        connect(socket).sync();

        // C0 and C1 come in the same packet.
        let mut socket = say(host.address, &[header, &[3], &[0; 1536]].concat());
        socket.read_exact(&mut [0; 1 + 2 * 1536]).expect("S0, S1 and S2");
    }
    assert_eq!(told.all(), [CLIENT; 2]);
}

#[test]
fn a_proxy_that_names_no_client_is_the_peer_itself() {
    let told = Told::default();
    let host = host(&told, patient());
    for header in [LOCAL, b"PROXY UNKNOWN\r\n"] {
        let socket = say(host.address, header);
        let address = socket.local_addr().expect("an open socket");
        connect(socket).sync();
        assert_eq!(told.all().last(), Some(&address.to_string()));
    }
}

#[test]
fn limits_count_the_clients_and_not_the_proxy() {
    let told = Told::default();
    let host = host(&told, patient().connections(ConnectionLimits::default().per_address(1)));
    let mut first = connect(say(host.address, &line("192.0.2.7")));
    let mut second = connect(say(host.address, &line("192.0.2.8")));
    is_hung_up_on(say(host.address, &line("192.0.2.7")));
    let refused = host.server.statistics().get("connections_refused").and_then(Value::as_number);
    assert_eq!(refused, Some(1.0));
    first.sync();
    second.sync();

    // Until its proxy announces a client, a connection counts for no address.
    let waiting = [(); 3].map(|()| say(host.address, b"PROXY "));
    let _third = connect(say(host.address, &line("192.0.2.9")));
    drop(waiting);
}

#[test]
fn a_proxy_without_a_header_is_refused_and_others_are_not_believed() {
    let told = Told::default();
    let host = host(&told, patient());
    is_hung_up_on(say(host.address, &[3]));
    is_hung_up_on(say(host.address, b"PROXY TCP4 nonsense\r\n"));

    let told_by_strangers = Told::default();
    let noted = told_by_strangers.clone();
    let strangers = Host::start_with(
        patient().proxies(["192.0.2.0/24".parse().expect("a network")]),
        move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            noted.note(format!("{:?}", connection.peer_address().ip()));
            Ok(true)
        },
    );
    is_hung_up_on(say(strangers.address, &line("192.0.2.7")));
    is_hung_up_on(say(strangers.address, BINARY));
    strangers.client().sync();
    assert_eq!(told_by_strangers.all(), ["Some(127.0.0.1)"]);
    assert!(told.all().is_empty());
}
