//! HTTPS and WSS: pages, FLV, calls and figures over TLS, on a port of their own or the common one.

use std::net::SocketAddr;
use std::sync::Arc;

use rendercast::config::WebConfig;
use rendercast::{Scheme, ServerConfig};
use rustls::ClientConfig;
use serde_json::json;

use crate::support::{Client, Host, on_streams};
use crate::trusted::Trusted;
use crate::web::{Frame, Web};
use crate::web_sockets::Scene;

/// What a client that trusts the server asks.
type Secure<'a> = (SocketAddr, &'a Arc<ClientConfig>);

/// Starts a server on the common port, and a second address for HTTPS alone.
fn host(trusted: &Trusted, scene: &Scene) -> Host {
    let config = ServerConfig::default().tls(trusted.certificates());
    let host = Host::start_with(config, scene.clone());
    host.server.start("https://127.0.0.1:0").expect("a free port");
    host
}

/// Calls a function for the common port, and for the one of HTTPS alone.
fn on_both(test: impl Fn(Secure<'_>, &Scene)) {
    let trusted = Trusted::new();
    for index in [0, 1] {
        let scene = Scene::default();
        let host = host(&trusted, &scene);
        let address = host.server.listen_addresses()[index].socket_address().expect("TCP");
        test((address, &trusted.config), &scene);
    }
}

#[test]
fn pages_lists_and_figures_are_served() {
    on_both(|secure, _| {
        for (path, content_type, text) in [
            ("/", "text/html; charset=utf-8", "<!doctype html>"),
            ("/live/scene", "text/html; charset=utf-8", "<canvas"),
            ("/_/client.js", "text/javascript; charset=utf-8", "export function connect"),
            ("/streams", "application/json", "["),
            ("/metrics", "text/plain; version=0.0.4; charset=utf-8", "rendercast_connections "),
            ("/statistics", "application/json", "{"),
        ] {
            let (head, body) = Web::get(secure, path, "");
            assert_eq!((head.status, head.field("content-type")), (200, Some(content_type)));
            assert!(String::from_utf8(body).expect("text").contains(text), "{path}");
        }
        assert_eq!(Web::get(secure, "/nothing.here", "").0.status, 404);
    });
}

#[test]
fn a_connection_serves_one_request_after_the_other_and_is_closed_whole() {
    on_both(|secure, _| {
        let mut web = Web::connect(secure);
        for _ in 0..3 {
            web.ask("HEAD", "/", "");
            assert_eq!(web.head().expect("a head").status, 200);
        }
        web.ask("HEAD", "/", "Connection: close\r\n");
        assert_eq!(web.head().expect("a head").status, 200);
        // The client fails if TLS is cut off instead of closed.
        assert_eq!(web.rest(), b"");
    });
}

#[test]
fn flv_is_played_and_its_carrier_is_https() {
    on_both(|secure, scene| {
        let (mut web, head) = Web::request(secure, "GET", "/live/scene.flv", "");
        assert_eq!((head.status, head.field("content-type")), (200, Some("video/x-flv")));
        assert!(web.chunk().expect("a chunk").starts_with(b"FLV\x01\x01"));
        assert!(scene.0.all().contains(&"connect live https://localhost/live https".to_owned()));
        drop(web);
        scene.0.wait_for("close");
    });
}

#[test]
fn a_websocket_plays_and_calls_both_ways() {
    on_both(|secure, scene| {
        let mut web = Web::websocket(secure, "/live?token=7", "").expect("a WebSocket");
        assert_eq!(web.text(), json!({"event": "connected"}));
        web.say(r#"{"id":1,"call":"add","args":[1,2.5]}"#);
        assert_eq!(web.answer(1)["result"], json!({"sum": 3.5}));
        web.say(r#"{"id":2,"call":"ask_back"}"#);
        let id = web.text()["id"].as_u64().expect("a call of the server");
        web.say(&format!("{{\"id\":{id},\"result\":\"done\"}}"));
        scene.0.wait_for("Ok(String(\"done\"))");
        web.say(r#"{"id":3,"play":"scene"}"#);
        assert_eq!(web.answer(3)["result"], json!({"recorded": false}));
        assert!(web.media().starts_with(b"FLV\x01\x01"));
        // Many frames, so many records of TLS, of which none is lost or out of order.
        for _ in 0..50 {
            assert_eq!(web.media()[0], 9);
        }
        web.say(r#"{"id":4,"seek":5400}"#);
        assert_eq!(web.answer(4)["result"], 5000);
        drop(web);
        scene.0.wait_for("close");
        assert!(
            scene.0.all().contains(&"connect live wss://localhost/live?token=7 wss".to_owned())
        );
    });
}

#[test]
fn a_websocket_of_flv_is_played() {
    on_both(|secure, scene| {
        let mut web = Web::websocket(secure, "/live/scene.flv", "").expect("a WebSocket");
        assert!(web.media().starts_with(b"FLV\x01\x01"));
        assert_eq!(web.media()[0], 9);
        drop(web);
        scene.0.wait_for("close");
    });
}

#[test]
fn the_shutdown_closes_the_websocket_and_then_tls() {
    let (trusted, scene) = (Trusted::new(), Scene::default());
    let host = host(&trusted, &scene);
    let mut web = Web::websocket((host.address, &trusted.config), "/live", "").expect("one");
    assert_eq!(web.text()["event"], "connected");
    host.server.shutdown();
    assert!(matches!(web.frame(), Frame::Close(1001, _)));
    assert_eq!(web.rest(), b"");
}

#[test]
fn origins_are_compared_as_without_tls() {
    let trusted = Trusted::new();
    let web = WebConfig::default().allow_origin("https://lab.example");
    let config = ServerConfig::default().tls(trusted.certificates()).web(web);
    let host = Host::start_with(config, on_streams(|_| {}));
    let secure = (host.address, &trusted.config);
    for (origin, is_allowed) in [
        ("https://localhost", true),
        ("https://lab.example", true),
        ("http://lab.example", false),
        ("https://evil.example", false),
        ("https://localhost.evil.example", false),
        ("null", false),
    ] {
        let fields = format!("Origin: {origin}\r\n");
        let read = Web::request(secure, "GET", "/live/x.flv", &fields).1;
        let socket = Web::websocket(secure, "/live", &fields).map_err(|head| head.status);
        let allowed = read.field("access-control-allow-origin");
        assert_eq!(allowed, is_allowed.then_some(origin));
        assert_eq!(read.status, if is_allowed { 200 } else { 403 }, "{origin}");
        assert_eq!(socket.map(drop), if is_allowed { Ok(()) } else { Err(403) }, "{origin}");
    }
}

#[test]
fn each_address_takes_its_own_protocols() {
    let (trusted, scene) = (Trusted::new(), Scene::default());
    let host = host(&trusted, &scene);
    let addresses = host.server.listen_addresses();
    let [common, https] = &addresses[..] else { panic!("two addresses") };
    assert_eq!((common.scheme(), https.scheme()), (Scheme::Auto, Scheme::Https));
    assert_eq!(https.to_string(), format!("https://{}", https.socket_address().expect("TCP")));
    assert_eq!(common.url(Scheme::Https), format!("https://{}", host.address));
    // The common port takes HTTP and RTMP beside TLS.
    assert_eq!(Web::get(host.address, "/", "").0.status, 200);
    Client::open(host.address).connect("live", &[]).expect("the connection is claimed");
    // The other one takes nothing without TLS.
    let mut plain = Web::connect(https.socket_address().expect("TCP"));
    plain.ask("GET", "/", "");
    assert!(!plain.rest().starts_with(b"HTTP/"));
}

#[test]
fn half_an_upgrade_is_refused() {
    on_both(|secure, _| {
        let (_, head) = Web::request(secure, "GET", "/live", "Upgrade: websocket\r\n");
        assert_eq!(head.status, 400);
        assert_eq!(Web::websocket(secure, "/", "").expect_err("none").status, 404);
    });
}
