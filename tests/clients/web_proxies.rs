//! nginx and HAProxy as reverse proxies of HTTP and WebSockets, configured as the manual says.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{NGINX, Need, trial};
use super::support::flv;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;
use super::web_client::Web;

/// The page of the manual with both configurations.
const MANUAL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../src/manual/browser.rs"));

/// Where the server is in the manual.
const SERVER: &str = "127.0.0.1:1935";

/// How long a proxy may take to start.
const SOON: Duration = Duration::from_secs(10);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "web_proxies::nginx_passes_flv_and_websockets",
            &[Need::Program(NGINX), Need::Program("curl")],
            through_nginx,
        ),
        trial(
            "web_proxies::haproxy_passes_flv_and_websockets",
            &[Need::Program("haproxy"), Need::Program("curl")],
            through_haproxy,
        ),
    ]
}

fn through_nginx() {
    let (server, film, folder) = serve();
    let address = free_address();
    let path = folder.path().display();
    let http = block("nginx:", "location /").replace(SERVER, server.authority());
    let map = block("with, in the block", "map $http_upgrade");
    let text = format!(
        "daemon off;\nerror_log stderr;\npid {path}/nginx.pid;\nevents {{}}\nhttp {{\n\
         access_log off;\nclient_body_temp_path {path};\nproxy_temp_path {path};\n\
         fastcgi_temp_path {path};\nuwsgi_temp_path {path};\nscgi_temp_path {path};\n\
         {map}\nserver {{ listen {address};\n{http} }}\n}}\n"
    );
    let configuration = folder.path().join("nginx.conf");
    fs::write(&configuration, text).expect("it can be written");
    let proxy = Process::spawn(Command::new(NGINX).arg("-c").arg(&configuration));
    passes_all(&proxy, address, &film, folder.path());
}

fn through_haproxy() {
    let (server, film, folder) = serve();
    let address = free_address();
    let text = block("HAProxy:", "frontend web")
        .replace(SERVER, server.authority())
        .replace("bind :80", &format!("bind {address}"));
    let text = format!("defaults\n    timeout connect 5s\n    timeout client 60s\n{text}\n");
    let configuration = folder.path().join("haproxy.cfg");
    fs::write(&configuration, text).expect("it can be written");
    let proxy = Process::spawn(Command::new("haproxy").arg("-db").arg("-f").arg(&configuration));
    passes_all(&proxy, address, &film, folder.path());
}

/// A server of a short film.
fn serve() -> (ServeFlv, Vec<flv::Tag>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("short.flv");
    let film = film::write_short(&path, 4);
    let server = ServeFlv::start(&[path.to_str().expect("a path of letters"), "--once"]);
    (server, film, folder)
}

/// Returns the block of the manual that begins with `start`, behind the line with `title`.
fn block(title: &str, start: &str) -> String {
    let lines = MANUAL.lines().map(|line| line.trim_start_matches("//!").trim_start_matches(' '));
    let behind = lines.skip_while(|line| !line.starts_with(title));
    let block = behind.skip_while(|line| !line.starts_with(start));
    let block: Vec<_> = block.take_while(|line| !line.starts_with("```")).collect();
    assert!(!block.is_empty(), "the manual has no {start:?}");
    block.join("\n")
}

fn passes_all(proxy: &Process, address: SocketAddr, film: &[flv::Tag], folder: &std::path::Path) {
    let deadline = Instant::now() + SOON;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "it does not listen: {proxy}");
        thread::sleep(Duration::from_millis(20));
    }
    let copy = folder.join("copy.flv");
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--output"]).arg(&copy);
    curl.arg(format!("http://{address}/live/short.flv"));
    Process::spawn(&mut curl).wait(Duration::from_secs(4) + SLACK).expect_success();
    flv::assert_same_payloads(&flv::read(&copy), film);

    let own = "Origin: http://localhost\r\n";
    let mut web = Web::websocket(address, "/live", own).expect("a WebSocket through the proxy");
    assert_eq!(web.text()["event"], "connected");
    web.say(r#"{"id":1,"play":"short"}"#);
    assert_eq!(web.answer(1)["result"]["recorded"], true);
    assert!(web.media().starts_with(b"FLV"));
    let foreign = Web::websocket(address, "/live", "Origin: http://evil.example\r\n");
    assert_eq!(foreign.expect_err("a foreign page").status, 403);
    // The proxy is on this machine, but its clients need not be.
    assert_eq!(Web::request(address, "GET", "/metrics", "").1.status, 403);
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}
