//! Paths that an application serves itself, and whom it lets see the figures.

use std::thread;

use rendercast::config::{HttpLimits, Operators, WebConfig};
use rendercast::{
    HandlerResult, HttpMethod, HttpPathError, HttpRequest, HttpResponse, OperatorAccess, Refusal,
    Server, ServerConfig,
};

use crate::support::{Host, Told, on_streams};
use crate::web::{Head, Web};

/// Answers with what was asked.
fn echo(request: &HttpRequest<'_>) -> HandlerResult<HttpResponse> {
    let text = format!(
        "{:?} {} {:?} {:?} {:?}",
        request.method(),
        request.path(),
        request.query(),
        request.header("x-test"),
        String::from_utf8_lossy(request.body()),
    );
    Ok(HttpResponse::text(text))
}

fn host_with(config: WebConfig, set_up: impl FnOnce(&Server)) -> Host {
    let host = Host::start_with(ServerConfig::default().web(config), on_streams(|_| {}));
    set_up(&host.server);
    host
}

fn host(set_up: impl FnOnce(&Server)) -> Host {
    host_with(WebConfig::default(), set_up)
}

/// Sends a request with a body, and returns head and body of the response.
fn send(host: &Host, method: &str, path: &str, fields: &str, body: &str) -> (Head, String) {
    let mut web = Web::connect(host.address);
    let length = body.len();
    web.ask(method, path, &format!("{fields}Content-Length: {length}\r\n"));
    web.send(body.as_bytes());
    let head = web.head().expect("a response");
    let length = head.field("content-length").expect("a length").parse().expect("a number");
    let body = if method == "HEAD" { Vec::new() } else { web.read(length) };
    (head, String::from_utf8(body).expect("text"))
}

#[test]
fn a_handler_sees_all_of_a_request() {
    let host = host(|server| server.register_http_handler("/api/", echo).expect("a path"));
    let ask = |method, path, fields, body| send(&host, method, path, fields, body).1;
    let get = ask("GET", "/api/a%20b/c?x=%20&y", "X-Test: 1\r\n", "");
    assert_eq!(get, r#"Get /api/a b/c Some("x=%20&y") Some("1") """#);
    for (method, name) in
        [("POST", "Post"), ("PUT", "Put"), ("PATCH", "Patch"), ("DELETE", "Delete")]
    {
        let answer = ask(method, "/api/x", "", "body");
        assert_eq!(answer, format!(r#"{name} /api/x None None "body""#));
    }
    let (head, body) = send(&host, "HEAD", "/api/x", "", "");
    let length = r#"Get /api/x None None """#.len().to_string();
    assert_eq!((head.status, head.field("content-length")), (200, Some(&*length)));
    assert_eq!(body, "");
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(head.field(name), Some(value), "{name}");
    }
    assert_eq!(head.field("access-control-allow-origin"), None);
}

#[test]
fn a_connection_goes_on_after_a_handler() {
    let host = host(|server| server.register_http_handler("/api", echo).expect("a path"));
    let mut web = Web::connect(host.address);
    for method in ["GET", "POST", "GET"] {
        web.ask(method, "/api", "Content-Length: 2\r\n");
        web.send(b"xy");
        let head = web.head().expect("a response");
        assert_eq!(head.status, 200);
        let length = head.field("content-length").expect("a length").parse().expect("a number");
        assert!(web.read(length).ends_with(b"\"xy\""));
    }
}

#[test]
fn nothing_of_the_server_can_be_shadowed() {
    let host = host(|server| {
        for path in ["/metrics", "/statistics", "/streams", "/_", "/_/status", "/_/client.js"] {
            let error = server.register_http_handler(path, echo).expect_err("it is reserved");
            assert_eq!(error, HttpPathError::Reserved { path: path.to_owned() });
        }
        server.register_http_handler("/", echo).expect("a path");
        server.register_http_handler("/live/", echo).expect("a path");
    });
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/streams", "application/json"),
        ("/statistics", "application/json"),
        ("/_/client.js", "text/javascript; charset=utf-8"),
        ("/live/x", "text/plain; charset=utf-8"),
        ("/other/x", "text/plain; charset=utf-8"),
    ] {
        let (head, _) = Web::get(host.address, path, "");
        assert_eq!((head.status, head.field("content-type")), (200, Some(content_type)), "{path}");
    }
    for path in ["/_/none", "/_", "/a/../b", "/a/..", "/x%00"] {
        assert_eq!(Web::get(host.address, path, "").0.status, 404, "{path}");
    }
    // They name streams, as any two parts do, and lead to no handler.
    for path in ["/%2e%2e/x", "/./x"] {
        let (head, _) = Web::get(host.address, path, "");
        assert_eq!(head.field("content-type"), Some("text/html; charset=utf-8"), "{path}");
    }
    let (_, head) = Web::request(host.address, "GET", "/live/x.flv", "");
    assert_eq!(head.field("content-type"), Some("video/x-flv"));
    Web::websocket(host.address, "/live", "").expect("a WebSocket");
    assert!(host.server.unregister_http_handler("/") && !host.server.unregister_http_handler("/"));
    assert_eq!(Web::get(host.address, "/other", "").0.status, 404);
    // Without the server's pages the application has its own.
    let own = host_with(WebConfig::default().pages(false), |server| {
        let page = |_: &HttpRequest<'_>| Ok(HttpResponse::html("<!doctype html>mine"));
        server.register_http_handler("/", page).expect("a path");
    });
    let (head, body) = Web::get(own.address, "/", "");
    assert_eq!((head.status, &body[..]), (200, &b"<!doctype html>mine"[..]));
    let policy = head.field("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("img-src 'self'"), "{policy}");
}

#[test]
fn errors_and_panics_are_answered_and_the_server_goes_on() {
    let fails = |request: &HttpRequest<'_>| -> HandlerResult<HttpResponse> {
        let long = "x".repeat(200);
        match request.path() {
            "/x/panic" => panic!("as the test wishes"),
            "/x/error" => Err("a secret of the server".into()),
            "/x/refusal" => Err(Refusal::new("X", "Not\nyou.").into()),
            "/x/long" => Ok(HttpResponse::text(long)),
            "/x/status" => Ok(HttpResponse::text("x").status(99)),
            "/x/header" => Ok(HttpResponse::text("x").header("X", "y\r\nSet-Cookie: z")),
            "/x/own" => Ok(HttpResponse::text("x").header("transfer-encoding", "chunked")),
            "/x/empty" => Ok(HttpResponse::text("left out").status(204).header("X-A", "b")),
            "/x/other" => Ok(HttpResponse::text("tea").status(418).header("Cache-Control", "a")),
            _ => Ok(HttpResponse::json("{}")),
        }
    };
    let host = host_with(WebConfig::default().response_bytes(100), |server| {
        server.register_http_handler("/x/", fails).expect("a path");
    });
    for path in ["panic", "error", "long", "status", "header", "own"] {
        let (head, body) = Web::get(host.address, &format!("/x/{path}"), "");
        assert_eq!((head.status, &body[..]), (500, &b"the application failed\n"[..]), "{path}");
        assert_eq!(head.field("set-cookie"), None);
    }
    let (head, body) = Web::get(host.address, "/x/refusal", "");
    assert_eq!((head.status, &body[..]), (403, &b"Not you.\n"[..]));
    let (_, head) = Web::request(host.address, "GET", "/x/empty", "");
    assert_eq!(
        (head.status, head.field("x-a"), head.field("content-length")),
        (204, Some("b"), None)
    );
    let (head, body) = Web::get(host.address, "/x/other", "");
    assert_eq!((head.status, head.field("cache-control")), (418, Some("a")));
    assert_eq!(body, b"tea");
    assert_eq!(Web::get(host.address, "/x/", "").0.status, 200);
}

#[test]
fn bodies_are_bounded_and_pages_of_other_sites_are_kept_out() {
    let told = Told::default();
    let limits = HttpLimits::default().body_bytes(10);
    let web = WebConfig::default().allow_origin("https://lab.example");
    let host = Host::start_with(ServerConfig::default().http(limits).web(web), on_streams(|_| {}));
    let noted = told.clone();
    let note = move |_: &HttpRequest<'_>| {
        noted.note("called");
        Ok(HttpResponse::text("done"))
    };
    host.server.register_http_handler("/api", note).expect("a path");
    assert_eq!(send(&host, "POST", "/api", "", "12345678901").0.status, 413);
    let evil = "Origin: http://evil.example\r\n";
    assert_eq!(send(&host, "POST", "/api", evil, "x").0.status, 403);
    assert_eq!(told.all(), [""; 0]);
    let lab = "Origin: https://lab.example\r\n";
    let (head, _) = send(&host, "POST", "/api", lab, "x");
    assert_eq!(head.status, 200);
    assert_eq!(head.field("access-control-allow-origin"), Some("https://lab.example"));
    assert_eq!(head.field("vary"), Some("Origin"));
    let (_, head) = Web::request(host.address, "OPTIONS", "/api", lab);
    assert!(head.field("access-control-allow-methods").expect("methods").contains("DELETE"));
    assert_eq!(told.all(), ["called"]);
    assert_eq!(send(&host, "POST", "/other", "", "x").0.status, 405);
}

#[test]
fn several_connections_are_served_at_once() {
    let told = Told::default();
    let (first, second) = (told.clone(), told.clone());
    let host = host(|server| {
        let wait = move |_: &HttpRequest<'_>| {
            first.note("waits");
            first.wait_for("goes on");
            Ok(HttpResponse::text("waited"))
        };
        server.register_http_handler("/wait", wait).expect("a path");
        let go = move |_: &HttpRequest<'_>| {
            second.note("goes on");
            Ok(HttpResponse::text("gone"))
        };
        server.register_http_handler("/go", go).expect("a path");
    });
    thread::scope(|scope| {
        let waiting = scope.spawn(|| Web::get(host.address, "/wait", "").0.status);
        told.wait_for("waits");
        assert_eq!(Web::get(host.address, "/go", "").0.status, 200);
        assert_eq!(waiting.join().expect("an answer"), 200);
    });
}

#[test]
fn a_handler_decides_who_sees_the_figures() {
    let host = host_with(WebConfig::default().operators(Operators::Nobody), |server| {
        server.register_operator_handler(|request: &HttpRequest<'_>| {
            assert_eq!(request.method(), HttpMethod::Get);
            match request.header("Authorization") {
                Some("Bearer key") if request.peer_address().ip().is_some() => {
                    Ok(OperatorAccess::Granted)
                }
                Some("panic") => panic!("as the test wishes"),
                Some("error") => Err("as the test wishes".into()),
                Some(_) => Ok(OperatorAccess::Refused),
                None => Ok(OperatorAccess::NeedsPassword),
            }
        });
    });
    let status = |path: &str, fields: &str| Web::get(host.address, path, fields).0.status;
    for path in ["/metrics", "/statistics", "/_/status"] {
        assert_eq!(status(path, "Authorization: Bearer key\r\n"), 200, "{path}");
        for other in ["Bearer other", "panic", "error"] {
            assert_eq!(status(path, &format!("Authorization: {other}\r\n")), 403, "{path}");
        }
        let (head, _) = Web::get(host.address, path, "");
        assert_eq!(head.status, 401, "{path}");
        assert!(head.field("www-authenticate").expect("a challenge").starts_with("Basic realm="));
    }
    assert_eq!(status("/streams", ""), 200, "a list without what is not listed");
    host.server.unregister_operator_handler();
    assert_eq!(status("/metrics", "Authorization: Bearer key\r\n"), 403, "the setting decides");
}
