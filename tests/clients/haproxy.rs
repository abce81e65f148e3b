//! HAProxy in front of the server. It announces its clients, ends their TLS, and checks the health
//! of the server. The server knows each client by its own address.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
#[cfg(feature = "tls")]
use rendercast::tls::{Certificate, Certificates};
#[cfg(any(feature = "tls", feature = "tunnel"))]
use {
    rendercast::amf::{Object, Value},
    rendercast::vod::{FileHandler, Library},
    rendercast::{Connection, HandlerResult, Server, ServerConfig},
    std::sync::mpsc,
};

use super::ffmpeg::ffmpeg;
use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::support::flv;
use super::support::port::free_address;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("haproxy"), Need::Program("ffmpeg")];

const TLS_NEEDS: &[Need] =
    &[Need::Program("haproxy"), Need::Program("ffmpeg"), Need::Program("openssl")];

/// The address of HAProxy. The players have another, so that the two are not confused.
const PROXY: &str = "127.0.0.2";

/// How long HAProxy may take to start, or to write a line.
const SOON: Duration = Duration::from_secs(40);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("haproxy::announces_its_clients_in_text", NEEDS, announces_in_text),
        trial("haproxy::announces_its_clients_in_binary", NEEDS, announces_in_binary),
        trial("haproxy::announces_its_clients_over_a_unix_socket", NEEDS, announces_over_unix),
        trial("haproxy::ends_tls_in_front_of_the_server", TLS_NEEDS, ends_tls),
        #[cfg(feature = "tunnel")]
        trial("haproxy::announces_its_clients_in_front_of_http", NEEDS, announces_before_http),
        #[cfg(feature = "tls")]
        trial("haproxy::announces_its_clients_in_front_of_tls", TLS_NEEDS, announces_before_tls),
        trial("haproxy::is_refused_where_it_announces_nobody", NEEDS, is_refused_without),
    ]
}

fn announces_in_text() {
    let server = Served::start(&["--proxy", PROXY]);
    let to = format!("{} send-proxy check inter 200ms source {PROXY}", server.server.authority());
    server.is_played_through(&HaProxy::start(&to, ""), "rtmp");
}

fn announces_in_binary() {
    let server = Served::start(&["--proxy", "127.0.0.2/31"]);
    // The header also has a checksum, and values of unknown types.
    let options = "send-proxy-v2 proxy-v2-options crc32c,unique-id check inter 200ms";
    let to = format!("{} {options} source {PROXY}", server.server.authority());
    server.is_played_through(&HaProxy::start(&to, ""), "rtmp");
}

fn announces_over_unix() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("rtmp.sock");
    let listen = format!("unix:{}", path.display());
    let server = Served::start(&["--listen", &listen, "--proxy", "unix"]);
    let to = format!("unix@{} send-proxy-v2 check inter 200ms", path.display());
    server.is_played_through(&HaProxy::start(&to, ""), "rtmp");
}

fn ends_tls() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let certificate = folder.path().join("haproxy.pem");
    write_certificate(&certificate);
    let server = Served::start(&["--proxy", PROXY]);
    let options = "send-proxy-v2-ssl-cn check inter 200ms";
    let to = format!("{} {options} source {PROXY}", server.server.authority());
    let bind = format!("ssl crt {}", certificate.display());
    server.is_played_through(&HaProxy::start(&to, &bind), "rtmps");
}

#[cfg(feature = "tunnel")]
fn announces_before_http() {
    is_relayed("rtmpt", ServerConfig::default());
}

#[cfg(feature = "tls")]
fn announces_before_tls() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("server.pem");
    write_certificate(&path);
    let certificates = Certificates::load([Certificate::files(&path, &path)]);
    is_relayed("rtmps", ServerConfig::default().tls(certificates.expect("a key, too")));
}

/// Checks that HAProxy relays a connection as it is, with its header in front.
#[cfg(any(feature = "tls", feature = "tunnel"))]
fn is_relayed(scheme: &str, settings: ServerConfig) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (path, copy) = (folder.path().join("short.flv"), folder.path().join("copy.flv"));
    let film = film::write_short(&path, 4);
    let proxies = [PROXY.parse().expect("an address")];
    let server = Server::new(settings.proxies(proxies));
    let (note, noted) = mpsc::channel();
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let transport = connection.property("transport");
        note.send((connection.peer_address().ip(), transport))?;
        Ok(false)
    });
    server.install(FileHandler::new(Library::file(&path)).repeat(false));
    server.start("auto://127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0].socket_address().expect("TCP");
    let proxy = HaProxy::start(&format!("{address} send-proxy-v2 source {PROXY}"), "");

    Process::spawn(ffmpeg(&proxy.url(scheme)).args(["-c", "copy"]).arg(&copy))
        .wait(Duration::from_secs(4) + SLACK)
        .expect_success();

    flv::assert_same_payloads(&flv::read(&copy), &film);
    let client = "127.0.0.1".parse().expect("an address");
    let noted: Vec<_> = noted.try_iter().collect();
    assert_eq!(noted, [(Some(client), Some(scheme.into()))]);
}

fn is_refused_without() {
    let server = Served::start(&["--proxy", PROXY]);
    let proxy = HaProxy::start(&format!("{} source {PROXY}", server.server.authority()), "");
    let log = server.server.process().stderr_len();
    let ended = Process::spawn(ffmpeg(&proxy.url("rtmp")).args(["-f", "null", "-"])).wait(SLACK);
    assert!(!ended.status.success(), "{ended}");
    server.server.wait_for_log(log, "there is no PROXY header: let the proxy send it");
}

/// Starts a server of a short film.
struct Served {
    server: ServeFlv,
    film: Vec<flv::Tag>,
    folder: tempfile::TempDir,
}

impl Served {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().join("short.flv");
        let film = film::write_short(&path, 4);
        let path = path.to_str().expect("a path of letters");
        let server = ServeFlv::start_telling(&[&[path, "--once"], options].concat());
        Self { server, film, folder }
    }

    /// Lets ffmpeg play through `proxy`, and checks that the server and the proxy name the same
    /// address.
    fn is_played_through(&self, proxy: &HaProxy, scheme: &str) {
        let copy = self.folder.path().join("copy.flv");
        let limit = Duration::from_secs(4) + SLACK;
        Process::spawn(ffmpeg(&proxy.url(scheme)).args(["-c", "copy"]).arg(&copy))
            .wait(limit)
            .expect_success();
        flv::assert_same_payloads(&flv::read(&copy), &self.film);

        let client = proxy.client();
        self.server.wait_for_log(0, &format!(" {client}: connected to "));
        let complaints = |log: &str| log.contains("WARN").then(|| log.to_owned());
        let complaints =
            self.server.process().wait_for_stderr(0, Duration::from_millis(1), complaints);
        assert_eq!(complaints, None, "health checks are nothing to warn of");
    }
}

struct HaProxy {
    process: Process,
    address: String,
    _folder: tempfile::TempDir,
}

impl HaProxy {
    /// Starts HAProxy in front of a server. `server` is its address with options, and `bind`
    /// extends the `bind` line.
    fn start(server: &str, bind: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let configuration = folder.path().join("haproxy.cfg");
        let address = free_address();
        let text = format!(
            "global\n    log stdout format raw local0 info\n\
             defaults\n    mode tcp\n    log global\n    option tcplog\n    unique-id-format %pid\n\
             \x20   timeout connect 5s\n    timeout client 60s\n    timeout server 60s\n\
             frontend players\n    bind {address} {bind}\n    default_backend films\n\
             backend films\n    server rendercast {server}\n"
        );
        fs::write(&configuration, text).expect("it can be written");
        let process =
            Process::spawn(Command::new("haproxy").arg("-db").arg("-f").arg(configuration));
        let deadline = Instant::now() + SOON;
        while TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < deadline, "it does not listen: {process}");
            thread::sleep(Duration::from_millis(20));
        }
        Self { process, address, _folder: folder }
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/live/short", self.address)
    }

    /// Returns the address of the client that HAProxy served: that which moved more than a
    /// handshake.
    fn client(&self) -> String {
        self.process.wait_for_line(SOON, |line| {
            // 127.0.0.1:50123 [21/Nov/2026:09:00:00.000] players films/rendercast 1/0/4000 814033
            // ...
            let mut fields = line.split(' ');
            let client = fields.next()?;
            let bytes: u64 = fields.nth(4)?.parse().ok()?;
            (bytes > 10_000).then(|| client.to_owned())
        })
    }
}

/// Writes a certificate and its key to one file, as HAProxy wants them.
fn write_certificate(path: &Path) {
    let key = path.with_extension("key");
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]);
    openssl.args(["-subj", "/CN=localhost", "-keyout"]).arg(&key).arg("-out").arg(path);
    Process::spawn(&mut openssl).wait(SLACK).expect_success();
    let both = [fs::read(path), fs::read(&key)].map(|part| part.expect("openssl wrote it"));
    fs::write(path, both.concat()).expect("it can be written");
}
