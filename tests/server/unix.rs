//! Unix sockets: they are served as TCP is. Only their own files are removed.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use rendercast::amf::{Object, Value};
use rendercast::config::ConnectionLimits;
use rendercast::{Connection, HandlerResult, PeerAddress, Server, ServerConfig, StartError};

use crate::support::{Client, SharedTurn, Told};

/// Starts a server on the path. Notes the address of each client.
fn server(path: &Path, told: &Told) -> Result<Server, StartError> {
    let server = Server::new(
        ServerConfig::default().connections(ConnectionLimits::default().per_address(1)),
    );
    let noted = told.clone();
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        assert_eq!(connection.peer_address(), PeerAddress::Unix);
        let transport = connection.property("transport");
        noted.note(format!("{} {transport:?}", connection.peer_address()));
        Ok(true)
    });
    server.start(&format!("unix:{}", path.display()))?;
    Ok(server)
}

fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

#[test]
fn clients_are_served_over_a_unix_socket_and_the_file_goes_with_the_server() {
    let _turn = SharedTurn::wait();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("rtmp.sock");
    let told = Told::default();
    let server = server(&path, &told).expect("a free path");
    let address = &server.listen_addresses()[0];
    assert_eq!(address.to_string(), format!("unix:{}", path.display()));
    assert_eq!((address.path(), address.port()), (Some(&*path), None));

    // There may be two at once: clients without an address do not count as one address.
    let mut clients =
        [(); 2].map(|()| Client::over(UnixStream::connect(&path).expect("the server listens")));
    for client in &mut clients {
        client.connect("live", &[]).expect("the connection is claimed");
        assert_eq!(client.create_stream(), 1);
    }
    assert_eq!(told.all(), ["unix Some(String(\"unix\"))"; 2]);
    server.shutdown();
    assert!(!path.exists(), "the file is still there");
}

#[test]
fn a_proxy_may_come_over_a_unix_socket() {
    let _turn = SharedTurn::wait();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("rtmp.sock");
    let told = Told::default();
    let noted = told.clone();
    let proxies = ["unix".parse().expect("whoever comes over a Unix socket")];
    let server = Server::new(ServerConfig::default().proxies(proxies));
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        noted.note(connection.peer_address().to_string());
        Ok(true)
    });
    server.start(&format!("unix:{}", path.display())).expect("a free path");
    let mut socket = UnixStream::connect(&path).expect("the server listens");
    socket.write_all(b"PROXY TCP6 2001:db8::7 ::1 50123 1935\r\n").expect("the server reads");
    Client::over(socket).connect("live", &[]).expect("the connection is claimed");
    assert_eq!(told.all(), ["[2001:db8::7]:50123"]);
}

#[test]
fn the_socket_of_a_dead_server_is_replaced() {
    let _turn = SharedTurn::wait();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("rtmp.sock");
    // The standard library does not remove the file.
    drop(UnixListener::bind(&path).expect("a free path"));
    assert!(is_socket(&path));
    let server = server(&path, &Told::default()).expect("the file is stale");
    UnixStream::connect(&path).expect("the server listens");
    drop(server);
    assert!(!path.exists());
}

#[test]
fn neither_a_living_server_nor_a_file_is_replaced() {
    let _turn = SharedTurn::wait();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (taken, file) = (folder.path().join("rtmp.sock"), folder.path().join("notes.txt"));
    let living = UnixListener::bind(&taken).expect("a free path");
    fs::write(&file, "mine").expect("it can be written");
    for path in [&taken, &file] {
        let error = server(path, &Told::default()).expect_err("it is taken");
        assert!(matches!(error, StartError::Listen { .. }), "{error:?}");
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    }
    assert!(UnixStream::connect(&taken).is_ok());
    drop(living);
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "mine");
}

#[test]
fn a_successors_file_is_left_alone() {
    let _turn = SharedTurn::wait();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("rtmp.sock");
    let server = server(&path, &Told::default()).expect("a free path");
    fs::remove_file(&path).expect("the file is there");
    let successor = UnixListener::bind(&path).expect("a free path");
    server.shutdown();
    assert!(is_socket(&path));
    successor.set_nonblocking(true).expect("an open socket");
    assert!(successor.accept().is_err(), "the successor is left alone, too");
}
