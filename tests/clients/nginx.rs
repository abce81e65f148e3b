//! The crate's own client plays from nginx-rtmp, plain and through nginx's TLS.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rendercast::amf::{Object, Value};
use rendercast::client::{Config, Player};
use rendercast::protocol::amf::amf0;
use rendercast::{PlayFrom, TagKind};
use tempfile::TempDir;

use super::film;
use super::need::{NGINX, NGINX_MODULES, Need, trial};
use super::support::flv::{self, Kind, Tag};
use super::support::port::free_port;
use super::support::process::Process;

const RTMP: &[Need] = &[Need::Program(NGINX), Need::NginxModule("ngx_rtmp_module")];

#[cfg(feature = "tls")]
const TLS: &[Need] = &[
    Need::Program(NGINX),
    Need::NginxModule("ngx_rtmp_module"),
    Need::NginxModule("ngx_stream_module"),
];

/// How long a server may take to start.
const START: Duration = Duration::from_secs(40);

/// A buffer longer than the film, so that nginx sends all of it at once.
const WHOLE_FILM: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("nginx::the_client_plays_every_payload", RTMP, plays_every_payload),
        trial("nginx::the_client_starts_at_its_position", RTMP, starts_at_its_position),
        #[cfg(feature = "tls")]
        trial("nginx::the_client_plays_through_tls", TLS, plays_through_tls),
    ]
}

fn plays_every_payload() {
    let nginx = Nginx::start();
    let config = Config::default().buffer_length(WHOLE_FILM);
    let player = Player::open_with(&nginx.url.parse().expect("a URL"), config);
    nginx.assert_plays(player.unwrap_or_else(|error| panic!("{error}: {}", nginx.process)));
}

fn starts_at_its_position() {
    const START_MS: u32 = 5_000;
    let nginx = Nginx::start();
    let config = Config::default()
        .buffer_length(WHOLE_FILM)
        .play_from(PlayFrom::At(Duration::from_millis(START_MS.into())));
    let player = Player::open_with(&nginx.url.parse().expect("a URL"), config);
    let player = player.unwrap_or_else(|error| panic!("{error}: {}", nginx.process));
    let first = player
        .map(|tag| tag.expect("the film plays"))
        // The second byte of a codec configuration is 0.
        .find(|tag| tag.kind == TagKind::Video && tag.payload[1] == 1)
        .expect("the film has pictures");
    let key_frames = nginx.film.iter().filter(|tag| tag.is_key_frame()).map(|tag| tag.timestamp);
    // nginx takes the first key frame after the position, and not the one at it.
    let expected = key_frames.filter(|&timestamp| timestamp > START_MS).min();
    assert!(first.is_key_frame());
    assert_eq!(Some(first.timestamp.0), expected);
    assert!(first.timestamp.0 <= START_MS + 1_000, "the key frames are 1 s apart");
}

#[cfg(feature = "tls")]
fn plays_through_tls() {
    use rendercast::tls::Trust;

    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
    let made = made.expect("a certificate");
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls_port = free_port();
    let nginx = Nginx::start_with(&["ngx_rtmp_module", "ngx_stream_module"], |folder, port| {
        write(&folder.join("chain.pem"), &certificate);
        write(&folder.join("key.pem"), &key);
        format!(
            "stream {{ server {{ listen 127.0.0.1:{tls_port} ssl; ssl_certificate chain.pem; \
             ssl_certificate_key key.pem; proxy_pass 127.0.0.1:{port}; }} }}\n"
        )
    });
    let url = format!("rtmps://localhost:{tls_port}/vod/film.flv");
    let trust = Trust::authorities_pem(certificate.as_str());
    let config = Config::default().buffer_length(WHOLE_FILM).trust(trust);
    let player = Player::open_with(&url.parse().expect("a URL"), config);
    nginx.assert_plays(player.unwrap_or_else(|error| panic!("{error}: {}", nginx.process)));
    let stranger = Player::open(&url).expect_err("the certificate is self-signed");
    assert!(stranger.to_string().contains("Trust::authorities_file"), "{stranger}");
}

/// nginx, which serves a film over RTMP.
struct Nginx {
    process: Process,
    film: Vec<Tag>,
    url: String,
    _folder: TempDir,
}

impl Nginx {
    fn start() -> Self {
        Self::start_with(&["ngx_rtmp_module"], |_, _| String::new())
    }

    /// Starts nginx with `modules`, and with the lines that `configure` adds for a folder and a
    /// port of RTMP.
    fn start_with(modules: &[&str], configure: impl FnOnce(&Path, u16) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path();
        let film = write_indexed_film(&path.join("film.flv"));
        let port = free_port();
        let load = |module: &&str| format!("load_module {NGINX_MODULES}/{module}.so;\n");
        let load: String = modules.iter().map(load).collect();
        let (prefix, more) = (path.display(), configure(path, port));
        let configuration = format!(
            "{load}pid {prefix}/nginx.pid;\n\
             events {{ worker_connections 64; }}\n\
             rtmp {{ server {{ listen 127.0.0.1:{port}; \
             application vod {{ play {prefix}; }} }} }}\n\
             {more}"
        );
        write(&path.join("nginx.conf"), &configuration);
        let process = spawn(path, port);
        let url = format!("rtmp://127.0.0.1:{port}/vod/film.flv");
        Self { process, film, url, _folder: folder }
    }

    fn assert_plays(&self, player: Player) {
        let played: Vec<_> = player.map(|tag| tag.expect("the film plays")).collect();
        for (kind, tag_kind) in [(Kind::Video, TagKind::Video), (Kind::Audio, TagKind::Audio)] {
            let played = played.iter().filter(|tag| tag.kind == tag_kind);
            let played: Vec<_> = played.map(|tag| &tag.payload[..]).collect();
            flv::assert_same_list(&played, &flv::payloads(&self.film, kind), kind);
        }
    }
}

/// Writes a film with an index of its key frames, without which nginx finds no position. Returns
/// what it wrote.
fn write_indexed_film(path: &Path) -> Vec<Tag> {
    let mut film = flv::cut(&film::DEMO, Duration::from_secs(10));
    film.retain(|tag| tag.kind != Kind::Script);
    // Numbers have a fixed length, so the index is as long with positions as without.
    let without = index_of(&film, 0);
    let first_tag = FILE_HEADER_LEN + TAG_OVERHEAD + without.payload.len();
    film.insert(0, index_of(&film, first_tag));
    flv::write(path, &film);
    film
}

/// The header of a file, with the back pointer after it.
const FILE_HEADER_LEN: usize = 13;

/// The header of a tag, and the back pointer after it.
const TAG_OVERHEAD: usize = 15;

/// Returns `onMetaData` for a film whose first tag stands at `first_tag` in the file.
fn index_of(film: &[Tag], first_tag: usize) -> Tag {
    let (mut positions, mut times, mut position) = (Vec::new(), Vec::new(), first_tag);
    for tag in film {
        if tag.is_key_frame() {
            positions.push(Value::Number(position as f64));
            times.push(Value::Number(f64::from(tag.timestamp) / 1000.0));
        }
        position += TAG_OVERHEAD + tag.payload.len();
    }
    let key_frames = Object::new()
        .with("filepositions", Value::StrictArray(positions))
        .with("times", Value::StrictArray(times));
    let members = Object::new()
        .with("duration", flv::duration(film).as_secs_f64())
        .with("keyframes", key_frames);
    let mut payload = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut payload);
    amf0::encode(&Value::EcmaArray(members), &mut payload);
    Tag { kind: Kind::Script, timestamp: 0, payload }
}

/// Starts nginx with the `nginx.conf` in `folder`, and waits until it listens on `port`.
pub(super) fn spawn(folder: &Path, port: u16) -> Process {
    // The process stays in the foreground and keeps its user, so that it ends with the test.
    let mut command = Command::new(NGINX);
    command.args(["-e", "stderr", "-g", "daemon off; master_process off;", "-c", "nginx.conf"]);
    let process = Process::spawn(command.arg("-p").arg(folder));
    wait_until_open(port, &process);
    process
}

/// Waits until something listens on `port`.
pub(super) fn wait_until_open(port: u16, process: &Process) {
    let deadline = Instant::now() + START;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "it does not listen: {process}");
        thread::sleep(Duration::from_millis(20));
    }
}

pub(super) fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {path:?}: {error}"));
}
