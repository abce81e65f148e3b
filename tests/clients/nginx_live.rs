//! An nginx-rtmp that takes live streams, and ffmpeg that watches them there.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::need::NGINX_MODULES;
use super::nginx::{spawn, write};
use super::support::port::free_port;
use super::support::process::Process;

/// The configuration of the manual's page `many_machines`.
const ORIGIN: &str = include_str!("../../src/manual/origin.nginx.conf");

/// nginx with an application `live`.
pub(crate) struct NginxLive {
    process: Option<Process>,
    port: u16,
    folder: TempDir,
}

impl NginxLive {
    pub(crate) fn start() -> Self {
        Self::start_with("", |_, _| String::new())
    }

    /// Starts nginx with the lines that `configure` adds for a folder and a port of RTMP, and with
    /// a further module.
    pub(crate) fn start_with(module: &str, configure: impl FnOnce(&Path, u16) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let (path, port) = (folder.path(), free_port());
        let modules = ["ngx_rtmp_module", module];
        let load = |module: &&str| format!("load_module {NGINX_MODULES}/{module}.so;\n");
        let load: String = modules.iter().filter(|name| !name.is_empty()).map(load).collect();
        let (prefix, more) = (path.display(), configure(path, port));
        let configuration = format!(
            "{load}pid {prefix}/nginx.pid;\n{}{more}",
            ORIGIN.replace("listen 1935;", &format!("listen 127.0.0.1:{port};"))
        );
        write(&path.join("nginx.conf"), &configuration);
        let process = Some(spawn(path, port));
        Self { process, port, folder }
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{name}", self.port)
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Starts it again after [`kill`](Self::kill), on the same port.
    pub(crate) fn restart(&mut self) {
        self.process = Some(spawn(self.folder.path(), self.port));
    }
}

/// Starts ffmpeg, which writes what it watches to `copy` until the stream ends. Returns once it has
/// asked for the stream.
pub(crate) fn watch(url: &str, copy: &Path) -> Process {
    watch_with(&[], url, copy)
}

/// As [`watch`], with options of its output, such as `-t`.
pub(crate) fn watch_with(options: &[&str], url: &str, copy: &Path) -> Process {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "debug", "-y", "-i", url]);
    let viewer = Process::spawn(command.args(["-c", "copy"]).args(options).arg(copy));
    let asked = |log: &str| log.contains("Sending play command").then_some(());
    let asked = viewer.wait_for_stderr(0, Duration::from_secs(60), asked);
    assert!(asked.is_some(), "it did not ask for {url}: {viewer}");
    viewer
}

/// nginx-rtmp behind the TLS of nginx.
#[cfg(feature = "tls")]
pub(crate) struct Secured {
    pub(crate) nginx: NginxLive,
    /// The URL of a stream, through TLS.
    pub(crate) url: String,
    /// The file of the certificate to trust.
    pub(crate) chain: String,
    pub(crate) _folder: TempDir,
}

#[cfg(feature = "tls")]
impl Secured {
    pub(crate) fn start(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
        let made = made.expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        write(&chain, &made.cert.pem());
        write(&key, &made.signing_key.serialize_pem());
        let (chain, key) = (chain.display().to_string(), key.display());
        let tls_port = free_port();
        let nginx = NginxLive::start_with("ngx_stream_module", |_, port| {
            format!(
                "stream {{ server {{ listen 127.0.0.1:{tls_port} ssl; ssl_certificate {chain}; \
                 ssl_certificate_key {key}; proxy_pass 127.0.0.1:{port}; }} }}\n"
            )
        });
        let url = format!("rtmps://localhost:{tls_port}/live/{name}");
        Self { nginx, url, chain, _folder: folder }
    }
}
