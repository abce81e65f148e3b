//! RTMPS with real players, and with OpenSSL, which prints what it sees of the handshake.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rendercast::tls::{Certificate, Certificates};
use tempfile::TempDir;

use super::ffmpeg::ffmpeg;
use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::rtmpdump::rtmpdump;
use super::support::example::executable;
use super::support::flv::{self, Tag};
use super::support::process::{Finished, Process};
use super::support::serve_flv::ServeFlv;

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];
const OPENSSL: &[Need] = &[Need::Program("openssl")];

/// How long the film plays, in seconds.
const SECONDS: u64 = 4;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("tls::ffmpeg_copies_every_payload", FFMPEG, ffmpeg_copies_every_payload),
        trial("tls::ffmpeg_verifies_the_certificate", FFMPEG, ffmpeg_verifies_the_certificate),
        trial(
            "tls::one_port_serves_every_scheme",
            &[Need::Program("ffmpeg")],
            one_port_serves_every_scheme,
        ),
        trial(
            "tls::rtmpdump_receives_every_payload",
            &[Need::Program("rtmpdump")],
            rtmpdump_receives_every_payload,
        ),
        trial(
            "tls::rtmp2src_ends_after_every_payload",
            &[Need::Program("gst-launch-1.0"), Need::GstElement("rtmp2src")],
            rtmp2src_ends_after_every_payload,
        ),
        trial("tls::openssl_verifies_both_versions", OPENSSL, openssl_verifies_both_versions),
        trial("tls::the_server_name_chooses", OPENSSL, the_server_name_chooses),
        trial("tls::keys_of_every_usual_form_can_be_used", OPENSSL, keys_of_every_usual_form),
        trial("tls::call_verifies_the_certificate", &[], call_verifies_the_certificate),
        trial("tls::an_unusable_certificate_is_named", &[], an_unusable_certificate_is_named),
    ]
}

fn ffmpeg_copies_every_payload() {
    let served = Served::start("rtmps://127.0.0.1:0", &["--tls-self-signed"]);
    served.is_copied_by_ffmpeg(served.server.url());
}

fn ffmpeg_verifies_the_certificate() {
    let authority = Authority::new();
    let served = Served::start_for(&authority, &["localhost"]);
    let url = served.url_at("localhost");
    let verifying = |root: &Path, copy: &Path| {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-tls_verify", "1"]);
        command.arg("-ca_file").arg(root).args(["-i", &url, "-c", "copy"]).arg(copy);
        Process::spawn(&mut command).wait(SLACK)
    };
    let copy = served.folder.path().join("copy.flv");
    verifying(&authority.root(), &copy).expect_success();
    flv::assert_same_payloads(&flv::read(&copy), &served.film);

    let stranger = Authority::new();
    let ended = verifying(&stranger.root(), &copy);
    assert!(!ended.status.success(), "{ended}");
}

/// Tries the schemes that this build has.
fn one_port_serves_every_scheme() {
    let served = Served::start("auto://127.0.0.1:0", &["--tls-self-signed"]);
    served.is_copied_by_ffmpeg(&served.url_of("rtmp", "127.0.0.1"));
    served.is_copied_by_ffmpeg(&served.url_of("rtmps", "127.0.0.1"));
    if cfg!(feature = "tunnel") {
        served.is_copied_by_ffmpeg(&served.url_of("rtmpt", "127.0.0.1"));
        served.is_copied_by_ffmpeg(&served.url_of("rtmpts", "127.0.0.1"));
    }
}

fn rtmpdump_receives_every_payload() {
    let served = Served::start("rtmps://127.0.0.1:0", &["--tls-self-signed"]);
    let dump = served.folder.path().join("dump.flv");
    let ended = Process::spawn(&mut rtmpdump(served.server.url(), &dump)).wait(SLACK);
    // rtmpdump exits with 2, because the metadata state another duration than the short film has.
    assert!(matches!(ended.status.code(), Some(0 | 2)), "{}: {ended}", ended.status);
    flv::assert_same_payloads(&flv::read(&dump), &served.film);
}

fn rtmp2src_ends_after_every_payload() {
    let served = Served::start("rtmps://127.0.0.1:0", &["--tls-self-signed"]);
    let copy = served.folder.path().join("copy.flv");
    let mut launch = Command::new("gst-launch-1.0");
    launch.args(["-q", "rtmp2src", "tls-validation-flags=0"]);
    launch.arg(format!("location={}", served.server.url()));
    launch.args(["!", "filesink"]).arg(format!("location={}", copy.display()));
    Process::spawn(&mut launch).wait(SLACK).expect_success();
    flv::assert_same_payloads_but_the_last(&flv::read(&copy), &served.film);
}

fn openssl_verifies_both_versions() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let served = Served::start_for(&authority, &["localhost"]);
    for (option, version) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let seen = served.seen_by_openssl(&authority, "localhost", option);
        seen.expect_success();
        assert!(seen.stdout.contains("Verify return code: 0 (ok)"), "{seen}");
        assert!(seen.stdout.contains(&format!("New, {version}, Cipher is ")), "{seen}");
        let refused = served.seen_by_openssl(&stranger, "localhost", option);
        assert!(!refused.status.success(), "{refused}");
    }
    // The server speaks no older version.
    let refused = served.seen_by_openssl(&authority, "localhost", "-tls1_1");
    assert!(!refused.status.success(), "{refused}");
}

fn the_server_name_chooses() {
    let authority = Authority::new();
    let served = Served::start_for(&authority, &["localhost", "second.example", "*.wild.example"]);
    for name in ["localhost", "second.example", "third.wild.example"] {
        let seen = served.seen_by_openssl(&authority, name, "-tls1_3");
        seen.expect_success();
    }
    let seen = served.seen_by_openssl(&authority, "elsewhere.invalid", "-tls1_3");
    assert!(!seen.status.success(), "{seen}");
    assert!(seen.stdout.contains("CN = localhost"), "not the first certificate: {seen}");
}

/// Tries keys as OpenSSL writes them: PKCS#8, PKCS#1 and SEC1.
fn keys_of_every_usual_form() {
    for command in [
        "openssl genpkey -algorithm ed25519 -out key.pem",
        "openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out key.pem",
        "openssl genrsa -traditional -out key.pem 2048",
        "openssl ecparam -name prime256v1 -genkey -noout -out key.pem",
        "openssl ecparam -name secp384r1 -genkey -noout -out key.pem",
    ] {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let request = "openssl req -new -x509 -key key.pem -subj /CN=h -out chain.pem";
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{command} && {request}")]).current_dir(&folder);
        Process::spawn(&mut shell).wait(SLACK * 3).expect_success();
        let at = |name: &str| folder.path().join(name);
        let loaded = Certificates::load([Certificate::files(at("chain.pem"), at("key.pem"))]);
        assert!(loaded.is_ok(), "{command}: {loaded:?}");
    }
}

fn call_verifies_the_certificate() {
    let authority = Authority::new();
    let served = Served::start_for(&authority, &["localhost"]);
    let call = |options: &[&OsStr]| {
        let mut command = Command::new(executable("call"));
        command.args(options).args([&served.url_at("localhost"), "getStreamLength", "short"]);
        Process::spawn(&mut command).wait(SLACK)
    };
    let root = authority.root();
    call(&["--tls-ca".as_ref(), root.as_ref()]).expect_success();
    call(&["--tls-insecure".as_ref()]).expect_success();
    let refused = call(&[]);
    refused.expect_code(1);
    assert!(refused.stderr.contains("--tls-ca"), "{refused}");
}

fn an_unusable_certificate_is_named() {
    let authority = Authority::new();
    let (chain, key) = authority.vouch_for("localhost", 0);
    let (_, stranger) = authority.vouch_for("localhost", 1);
    for (chain, key, said) in [
        (Path::new("absent.pem"), key.as_path(), "absent.pem cannot be read"),
        (&key, &key, "there is no certificate in"),
        (&chain, &chain, "there is no private key in"),
        (&chain, &stranger, "is not that of the first certificate in"),
    ] {
        let mut command = super::support::serve_flv::command(&["--listen", "rtmps://127.0.0.1:0"]);
        command.arg("--tls-cert").arg(chain).arg("--tls-key").arg(key);
        let ended = Process::spawn(&mut command).wait(SLACK);
        ended.expect_code(1);
        assert!(ended.stderr.starts_with("serve_flv: ") && ended.stderr.contains(said), "{ended}");
    }
}

/// Starts a server of a short film.
struct Served {
    server: ServeFlv,
    film: Vec<Tag>,
    folder: TempDir,
}

impl Served {
    fn start(address: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().join("short.flv");
        let film = film::write_short(&path, SECONDS);
        let path = path.to_str().expect("a path of letters");
        let args = [&[path, "--once"], options].concat();
        Self { server: ServeFlv::start_listening(&args, address), film, folder }
    }

    /// Starts a server with a certificate for each name, the default one first.
    fn start_for(authority: &Authority, names: &[&str]) -> Self {
        let pairs = names.iter().enumerate().map(|(index, name)| authority.vouch_for(name, index));
        let text = |path: PathBuf| path.to_str().expect("a path of letters").to_owned();
        let options: Vec<_> = pairs
            .flat_map(|(chain, key)| {
                ["--tls-cert".to_owned(), text(chain), "--tls-key".to_owned(), text(key)]
            })
            .collect();
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        Self::start("rtmps://127.0.0.1:0", &options)
    }

    fn port(&self) -> &str {
        self.server.authority().rsplit(':').next().expect("a port")
    }

    fn url_of(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}/live/short", self.port())
    }

    fn url_at(&self, host: &str) -> String {
        self.url_of("rtmps", host)
    }

    fn is_copied_by_ffmpeg(&self, url: &str) {
        let copy = self.folder.path().join("copy.flv");
        let mut command = ffmpeg(url);
        Process::spawn(command.args(["-c", "copy"]).arg(&copy)).wait(SLACK).expect_success();
        flv::assert_same_payloads(&flv::read(&copy), &self.film);
    }

    /// Returns what OpenSSL prints of a handshake in which it asks for `name` and trusts
    /// `authority` alone.
    fn seen_by_openssl(&self, authority: &Authority, name: &str, version: &str) -> Finished {
        let mut client = Command::new("openssl");
        client.args(["s_client", "-connect", self.server.authority(), "-verify_return_error"]);
        client.args(["-servername", name, "-verify_hostname", name, version, "-CAfile"]);
        Process::spawn(client.arg(authority.root())).wait(SLACK)
    }
}

/// A certificate authority.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Each authority has a name of its own, so that no two are taken for each other.
        let name = folder.path().display().to_string();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a certificate").pem();
        fs::write(folder.path().join("root.pem"), root).expect("it can be written");
        Self { issuer: Issuer::new(params, key), folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Writes the files of a chain and a key for `name`.
    fn vouch_for(&self, name: &str, index: usize) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        let own = params.signed_by(&key, &self.issuer).expect("a certificate");
        let at = |ending: &str| self.folder.path().join(format!("{index}.{ending}"));
        fs::write(at("pem"), own.pem()).expect("it can be written");
        fs::write(at("key"), key.serialize_pem()).expect("it can be written");
        (at("pem"), at("key"))
    }
}
