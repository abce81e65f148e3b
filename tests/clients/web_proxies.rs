//! nginx and HAProxy as reverse proxies of HTTP and WebSockets, configured as the manual says. They
//! also end TLS.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::film::{self, SLACK};
use super::need::{NGINX, Need, trial};
use super::support::flv;
use super::support::port::free_address;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;
use super::trusted::Trusted;
use super::web_client::{Site, Web};

/// The page of the manual with both configurations.
const MANUAL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../src/manual/browser.rs"));

/// Where the server is in the manual.
const SERVER: &str = "127.0.0.1:1935";

/// How long the film plays.
const SECONDS: u64 = 4;

/// How long a proxy may take to start.
const SOON: Duration = Duration::from_secs(40);

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
    let served = Served::start();
    let path = served.folder.path().display();
    let map = block("with, in the block", "map $http_upgrade");
    let http = block("nginx:", "location /").replace(SERVER, served.server.authority());
    let tls = block("and, to end TLS there", "listen 443")
        .replace("443", &served.secure.to_string())
        .replace("/etc/ssl", &path.to_string());
    let text = format!(
        "daemon off;\nerror_log stderr;\npid {path}/nginx.pid;\nevents {{}}\nhttp {{\n\
         access_log off;\nclient_body_temp_path {path};\nproxy_temp_path {path};\n\
         fastcgi_temp_path {path};\nuwsgi_temp_path {path};\nscgi_temp_path {path};\n\
         {map}\nserver {{ listen {};\n{tls}\n{http} }}\n}}\n",
        served.plain
    );
    let configuration = served.folder.path().join("nginx.conf");
    fs::write(&configuration, text).expect("it can be written");
    let proxy = Process::spawn(Command::new(NGINX).arg("-c").arg(&configuration));
    served.passes_all(&proxy);
}

fn through_haproxy() {
    let served = Served::start();
    let text = block("HAProxy:", "frontend web")
        .replace(SERVER, served.server.authority())
        .replace(":80", &served.plain.to_string())
        .replace(":443", &served.secure.to_string())
        .replace("/etc/ssl", &served.folder.path().display().to_string());
    let text = format!("defaults\n    timeout connect 5s\n    timeout client 60s\n{text}\n");
    let configuration = served.folder.path().join("haproxy.cfg");
    fs::write(&configuration, text).expect("it can be written");
    let proxy = Process::spawn(Command::new("haproxy").arg("-db").arg("-f").arg(&configuration));
    served.passes_all(&proxy);
}

/// A server of a short film, and where a proxy in front of it listens.
struct Served {
    server: ServeFlv,
    film: Vec<flv::Tag>,
    folder: TempDir,
    trusted: Trusted,
    plain: SocketAddr,
    secure: SocketAddr,
}

impl Served {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().join("short.flv");
        let film = film::write_short(&path, SECONDS);
        let server = ServeFlv::start(&[path.to_str().expect("a path of letters"), "--once"]);
        let trusted = Trusted::new();
        for (name, text) in [
            ("fullchain.pem", trusted.chain.clone()),
            ("privkey.pem", trusted.key.clone()),
            ("rendercast.pem", format!("{}{}", trusted.chain, trusted.key)),
        ] {
            fs::write(folder.path().join(name), text).expect("it can be written");
        }
        let [plain, secure] = [(); 2].map(|()| free_address().parse().expect("an address"));
        Self { server, film, folder, trusted, plain, secure }
    }

    /// Waits for the proxy, and checks what it passes with TLS and without.
    fn passes_all(&self, proxy: &Process) {
        let deadline = Instant::now() + SOON;
        while TcpStream::connect(self.secure).is_err() || TcpStream::connect(self.plain).is_err() {
            assert!(Instant::now() < deadline, "it does not listen: {proxy}");
            thread::sleep(Duration::from_millis(20));
        }
        self.passes_film(&format!("http://localhost:{}", self.plain.port()));
        passes_web(self.plain, "http");
        self.passes_film(&format!("https://localhost:{}", self.secure.port()));
        passes_web((self.secure, &self.trusted.config), "https");
    }

    /// Checks that curl, which trusts the certificate, gets the film.
    fn passes_film(&self, url: &str) {
        let copy = self.folder.path().join("copy.flv");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--ipv4", "--cacert"]);
        curl.arg(self.folder.path().join("fullchain.pem")).arg("--output").arg(&copy);
        curl.arg(format!("{url}/live/short.flv"));
        Process::spawn(&mut curl).wait(Duration::from_secs(SECONDS) + SLACK).expect_success();
        flv::assert_same_payloads(&flv::read(&copy), &self.film);
    }
}

/// Checks that a page's WebSocket is passed on, and that the proxy's clients stay strangers.
fn passes_web(site: impl Site, scheme: &str) {
    let own = format!("Origin: {scheme}://localhost\r\n");
    let mut web = Web::websocket(site, "/live", &own).expect("a WebSocket through the proxy");
    assert_eq!(web.text()["event"], "connected");
    web.say(r#"{"id":1,"play":"short"}"#);
    assert_eq!(web.answer(1)["result"]["recorded"], true);
    assert!(web.media().starts_with(b"FLV"));
    web.say(r#"{"id":2,"call":"getStreamLength","args":["short"]}"#);
    assert!(web.answer(2)["result"].is_number());
    let foreign = format!("Origin: {scheme}://evil.example\r\n");
    let foreign = Web::websocket(site, "/live", &foreign);
    assert_eq!(foreign.expect_err("a foreign page").status, 403);
    assert_eq!(Web::request(site, "GET", "/live/short", "").1.status, 200);
    // The proxy is on this machine, but its clients need not be.
    assert_eq!(Web::request(site, "GET", "/metrics", "").1.status, 403);
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
