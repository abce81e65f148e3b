//! A server starts, on as many addresses as wanted, and does not start again.

use std::net::{SocketAddr, TcpStream};

use rendercast::{Error, Server, ServerConfig};

use crate::support::{Client, Host, Told, on_streams};

#[test]
fn a_server_listens_on_several_addresses_and_answers_on_each() {
    let host = Host::start(on_streams(|_| {}));
    host.server.start("127.0.0.1:0").expect("a free port");
    host.server.start("localhost:0").expect("a free port");
    let addresses = host.server.listen_addresses();
    assert_eq!(addresses.len(), 3);
    assert_eq!(addresses[0], host.address);
    for address in addresses {
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
        ("nowhere", (|error| matches!(error, Error::Address { .. })) as fn(&Error) -> bool),
        ("127.0.0.1", |error| matches!(error, Error::Address { .. })),
        ("127.0.0.1:99999", |error| matches!(error, Error::Address { .. })),
        (&taken, |error| matches!(error, Error::Listen { .. })),
        ("192.0.2.1:0", |error| matches!(error, Error::Listen { .. })),
    ] {
        let error = host.server.start(address).expect_err(address);
        assert!(is_expected(&error), "{address}: {error:?}");
        assert!(error.to_string().contains(address), "{error}");
    }
    assert_eq!(host.server.listen_addresses(), [host.address]);
    host.client().create_stream();
}

#[test]
fn a_server_that_was_shut_down_does_not_start_again() {
    let host = Host::start(on_streams(|_| {}));
    host.server.shutdown();
    host.server.shutdown();
    assert!(matches!(host.server.start("127.0.0.1:0"), Err(Error::ShutDown)));
    assert!(host.server.listen_addresses().is_empty());
    assert!(!is_listening(host.address));
}

#[test]
fn a_server_that_is_dropped_is_shut_down_and_its_port_is_free_again() {
    let told = Told::default();
    let noted = told.clone();
    // Keeps other servers' tests away, whose ports might be this one.
    let host = Host::start_alone(ServerConfig::default(), on_streams(|_| {}));
    let server = Server::new(ServerConfig::default());
    server.install(on_streams(move |stream| noted.note(format!("stream {}", stream.id()))));
    server.start("127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0];
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
