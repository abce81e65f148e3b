//! RTMPT: requests in any order, over any connection.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Instant;

use rendercast::amf::{Object, Value};
use rendercast::config::TunnelConfig;
use rendercast::{Carrier, Connection, HandlerResult, Server, ServerConfig};

use super::http::{Http, request};
use crate::support::{PATIENCE, SharedTurn};

const HANDSHAKE_BYTES: usize = 3_073;

/// A call of `note` without a transaction.
const NOTE: &[u8] = b"\x03\x00\x00\x00\x00\x00\x11\x14\x00\x00\x00\x00\
    \x02\x00\x04note\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05";

/// The bytes of a client: C0, C1, C2 and a connect.
fn words() -> Vec<u8> {
    let payload = b"\x02\x00\x07connect\x00\x3f\xf0\x00\x00\x00\x00\x00\x00\x03\
        \x00\x03app\x02\x00\x04live\x00\x00\x09";
    let mut words = vec![0; HANDSHAKE_BYTES];
    words[0] = 3;
    words.extend([3, 0, 0, 0, 0, 0, payload.len() as u8, 20, 0, 0, 0, 0]);
    words.extend(payload);
    words
}

/// Starts a server for RTMPT that tells the carrier and the peer of each connect.
fn serve() -> (Server, SocketAddr, mpsc::Receiver<(Carrier, String)>) {
    let (tell, told) = mpsc::channel();
    let server = Server::new(ServerConfig::default());
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let carrier = connection.transport();
        assert_eq!(connection.property("transport"), Some(carrier.as_str().into()));
        tell.send((carrier, connection.peer_address().to_string()))?;
        Ok(true)
    });
    server.start("rtmpt://127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0].socket_address().expect("TCP");
    (server, address, told)
}

fn has_result(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window == b"_result")
}

/// Sends requests until the answer to the connect has come. Returns the number of the next request.
fn wait_for_result(http: &mut Http, id: &str, mut received: Vec<u8>, mut number: u32) -> u32 {
    while !has_result(&received) {
        let (status, body) = http.post(&format!("/idle/{id}/{number}"), &[0]);
        assert_eq!(status, 200);
        received.extend_from_slice(&body[1..]);
        number += 1;
    }
    number
}

#[test]
fn a_handler_sees_the_carrier_and_the_peer_that_opened_the_tunnel() {
    let _turn = SharedTurn::wait();
    let (_server, address, told) = serve();
    let mut http = Http::connect(address);
    let id = http.open();
    let (status, body) = http.post(&format!("/send/{id}/0"), &words());
    assert_eq!(status, 200);
    wait_for_result(&mut http, &id, body, 1);
    let told = told.recv_timeout(PATIENCE).expect("the handler is called");
    assert_eq!(told, (Carrier::Rtmpt, http.local_address().to_string()));
}

#[test]
fn requests_may_come_by_several_connections_in_any_order() {
    let _turn = SharedTurn::wait();
    let (_server, address, _told) = serve();
    let (mut one, mut other) = (Http::connect(address), Http::connect(address));
    let id = one.open();
    let words = words();
    // The second overtakes the first, and is answered after it.
    other.say(&request(&format!("/send/{id}/1"), &words[2_000..]));
    let (status, first) = one.post(&format!("/send/{id}/0"), &words[..2_000]);
    let (second_status, second) = other.hear().expect("an answer");
    assert_eq!((status, second_status), (200, 200));
    let received = [&first[1..], &second[1..]].concat();
    wait_for_result(&mut one, &id, received, 2);
}

#[test]
fn requests_may_follow_each_other_without_waiting() {
    let _turn = SharedTurn::wait();
    let (_server, address, _told) = serve();
    let mut http = Http::connect(address);
    let id = http.open();
    let words = words();
    let requests: Vec<u8> = [&words[..1_537], &words[1_537..3_073], &words[3_073..]]
        .into_iter()
        .enumerate()
        .flat_map(|(number, body)| request(&format!("/send/{id}/{number}"), body))
        .collect();
    http.say(&requests);
    let mut received = Vec::new();
    for _ in 0..3 {
        let (status, body) = http.hear().expect("an answer");
        assert_eq!((status, body[0]), (200, 1));
        received.extend_from_slice(&body[1..]);
    }
    wait_for_result(&mut http, &id, received, 3);
}

#[test]
fn what_flash_asks_first_is_not_found_and_the_connection_kept() {
    let _turn = SharedTurn::wait();
    let (_server, address, _told) = serve();
    let mut http = Http::connect(address);
    assert_eq!(http.post("/fcs/ident2", &[0]).0, 404);
    http.open();
}

#[test]
fn a_shutdown_ends_a_held_request_and_the_connection() {
    let _turn = SharedTurn::wait();
    let hold = 4 * PATIENCE;
    let config = ServerConfig::default().tunnel(TunnelConfig::new().idle_hold(hold));
    let server = Server::new(config);
    let (tell, called) = mpsc::channel();
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let tell = tell.clone();
        let handler = move |_: &Connection, _: &str, _: &Value, _: &[Value]| {
            tell.send(())?;
            Ok(Value::Null)
        };
        connection.register_remote_call_handler("note", handler);
        Ok(true)
    });
    server.start("rtmpt://127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0].socket_address().expect("TCP");
    let mut http = Http::connect(address);
    let id = http.open();
    let (_, body) = http.post(&format!("/send/{id}/0"), &words());
    let number = wait_for_result(&mut http, &id, body, 1);
    // The call has no transaction, so there is nothing to answer. Once its handler runs, the
    // request is held.
    http.say(&request(&format!("/send/{id}/{number}"), NOTE));
    called.recv_timeout(PATIENCE).expect("the call arrives");
    let began = Instant::now();
    server.shutdown();
    assert_eq!(server.statistics().get("tunnels"), Some(&0.into()));
    assert_eq!(http.hear().map(|(status, _)| status), Some(200));
    http.is_hung_up_on();
    assert!(began.elapsed() < hold / 2, "the request was held to its end");
}
