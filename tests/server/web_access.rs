//! What is found at which path, and for whom.

use rendercast::config::{HttpLimits, WebConfig};
use rendercast::{Scheme, ServerConfig};

use crate::support::{Client, Host, on_streams};
use crate::web::Web;

fn host() -> Host {
    Host::start(on_streams(|_| {}))
}

#[test]
fn one_port_takes_rtmp_and_http() {
    let host = host();
    host.client().create_stream();
    let (head, body) = Web::get(host.address, "/", "");
    assert_eq!((head.status, head.field("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(body.starts_with(b"<!doctype html>"));
    let address = &host.server.listen_addresses()[0];
    assert_eq!(address.scheme(), Scheme::Auto);
    assert_eq!(address.to_string(), format!("rtmp://{}", host.address));
    assert_eq!(address.url(Scheme::Http), format!("http://{}", host.address));
}

#[test]
fn an_address_for_rtmp_takes_nothing_else_and_one_for_http_no_rtmp() {
    let host = host();
    host.server.start("rtmp://127.0.0.1:0").expect("a free port");
    host.server.start("http://127.0.0.1:0").expect("a free port");
    let addresses = host.server.listen_addresses();
    let [_, rtmp, http] = &addresses[..] else { panic!("three addresses") };
    assert_eq!((rtmp.scheme(), http.scheme()), (Scheme::Rtmp, Scheme::Http));
    let mut web = Web::connect(rtmp.socket_address().expect("TCP"));
    web.ask("GET", "/", "");
    assert_eq!(web.rest(), b"");
    let mut client = Client::open(rtmp.socket_address().expect("TCP"));
    client.connect("live", &[]).expect("the connection is claimed");
    assert_eq!(Web::get(http.socket_address().expect("TCP"), "/", "").0.status, 200);
    let mut web = Web::connect(http.socket_address().expect("TCP"));
    web.send(&[3; 1600]);
    assert_eq!(web.head().expect("an answer").status, 400);
}

#[test]
fn pages_load_nothing_of_other_sites() {
    let host = host();
    for path in ["/", "/live/scene", "/live/%3Cscript%3E", "/a/b/c?x=1"] {
        let (head, body) = Web::get(host.address, path, "");
        assert_eq!(head.status, 200, "{path}");
        let policy = head.field("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(head.field("x-content-type-options"), Some("nosniff"));
        assert!(!String::from_utf8(body).unwrap().contains("<script>x"), "{path}");
    }
}

#[test]
fn a_page_names_its_opener_policy_where_browsers_trust_the_connection() {
    let host = host();
    for (fields, is_named) in [
        ("Host: localhost:1935\r\n", true),
        ("Host: [::1]\r\n", true),
        ("Host: scene.example\r\n", false),
        ("Host: scene.example\r\nX-Forwarded-Proto: http\r\n", false),
        ("Host: scene.example\r\nX-Forwarded-Proto: https\r\n", true),
    ] {
        let mut web = Web::connect(host.address);
        web.send(format!("GET / HTTP/1.1\r\n{fields}\r\n").as_bytes());
        let head = web.head().expect("a page");
        let policy = head.field("cross-origin-opener-policy");
        assert_eq!(policy, is_named.then_some("same-origin"), "{fields}");
        assert_eq!(head.field("cross-origin-resource-policy"), Some("same-origin"), "{fields}");
    }
}

#[test]
fn all_else_is_not_found_and_nothing_that_was_asked_for_is_repeated() {
    let host = host();
    for path in ["/x", "/x.html", "/_/none", "/live/x.html", "/%", "/live/%ff", "*", "/live/x%00"] {
        let (head, body) = Web::get(host.address, path, "");
        assert_eq!(head.status, 404, "{path}");
        assert_eq!(body, b"there is nothing at this path\n", "{path}");
        assert_eq!(head.field("x-content-type-options"), Some("nosniff"));
    }
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let host = host();
    let mut web = Web::connect(host.address);
    for _ in 0..3 {
        web.ask("HEAD", "/", "");
        assert_eq!(web.head().expect("a head").status, 200);
        web.ask("HEAD", "/nothing", "");
        assert_eq!(web.head().expect("a head").status, 404);
    }
    web.ask("HEAD", "/", "Connection: close\r\n");
    assert_eq!(web.head().expect("a head").status, 200);
    assert_eq!(web.rest(), b"");
}

#[test]
fn nothing_is_changed_and_other_methods_are_refused() {
    let host = host();
    for (method, fields) in [("POST", "Content-Length: 0\r\n"), ("PUT", ""), ("DELETE", "")] {
        let (_, head) = Web::request(host.address, method, "/live/x.flv", fields);
        assert_eq!(
            (head.status, head.field("allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{method}"
        );
    }
}

#[test]
fn requests_are_bounded() {
    let limits = HttpLimits::default().head_bytes(1000).body_bytes(100);
    let host = Host::start_with(ServerConfig::default().http(limits), on_streams(|_| {}));
    for (fields, status) in [
        (format!("X: {}\r\n", "x".repeat(1000)), 431),
        ("Content-Length: 101\r\n".to_owned(), 413),
        ("Transfer-Encoding: chunked\r\n".to_owned(), 411),
        ("Content-Length: 1\r\nContent-Length: 2\r\n".to_owned(), 400),
    ] {
        let (_, head) = Web::request(host.address, "GET", "/", &fields);
        assert_eq!(head.status, status, "{fields:.40}");
    }
}

#[test]
fn pages_of_other_sites_may_not_connect_unless_they_are_listed() {
    let connect = |config: WebConfig, origin: &str| {
        let host = Host::start_with(ServerConfig::default().web(config), on_streams(|_| {}));
        let fields = format!("Origin: {origin}\r\n");
        let socket = Web::websocket(host.address, "/live", &fields);
        let read = Web::request(host.address, "GET", "/live/x.flv", &fields).1;
        let preflight = Web::request(host.address, "OPTIONS", "/live/x.flv", &fields).1;
        let allowed = |field| preflight.field(field).map(str::to_owned);
        (
            socket.map(drop).map_err(|head| head.status),
            read.status,
            allowed("access-control-allow-origin"),
            allowed("access-control-allow-methods"),
        )
    };
    let listed = || WebConfig::default().allow_origin("https://lab.example");
    let get = Some("GET, OPTIONS".to_owned());
    for origin in ["http://evil.example", "null", "http://localhost.evil.example"] {
        assert_eq!(connect(listed(), origin), (Err(403), 403, None, None), "{origin}");
    }
    for origin in ["https://lab.example", "http://localhost", "https://localhost"] {
        let expected = (Ok(()), 200, Some(origin.to_owned()), get.clone());
        assert_eq!(connect(listed(), origin), expected, "{origin}");
    }
    let any = WebConfig::default().allow_origin("*");
    assert_eq!(connect(any, "null"), (Ok(()), 200, Some("null".to_owned()), get));
}

#[test]
fn pages_can_be_turned_off() {
    let config = ServerConfig::default().web(WebConfig::default().pages(false));
    let host = Host::start_with(config, on_streams(|_| {}));
    for path in ["/", "/live/scene", "/_/status"] {
        assert_eq!(Web::get(host.address, path, "").0.status, 404, "{path}");
    }
    assert_eq!(Web::request(host.address, "GET", "/live/x.flv", "").1.status, 200);
}

#[test]
fn half_an_upgrade_is_refused() {
    let host = host();
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (fields, status) in [
        ("Upgrade: websocket\r\n".to_owned(), 400),
        (format!("Upgrade: websocket\r\nConnection: Upgrade\r\n{key}"), 426),
        (
            format!(
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\n{key}"
            ),
            426,
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n".to_owned(),
            400,
        ),
    ] {
        let (_, head) = Web::request(host.address, "GET", "/live", &fields);
        assert_eq!(head.status, status, "{fields}");
    }
    for path in ["/", "/live/scene", "/%"] {
        assert_eq!(Web::websocket(host.address, path, "").expect_err("none").status, 404, "{path}");
    }
}
