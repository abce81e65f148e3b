//! The server under attack, and what it must look like afterwards.

use std::net::SocketAddr;
use std::panic;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Once};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
#[cfg(feature = "tunnel")]
use rendercast::config::TunnelConfig;
use rendercast::config::{ConnectionLimits, SessionConfig};
use rendercast::live::{LiveConfig, LiveHandler, RecordedStreams};
use rendercast::media::{Tag, TagKind, flv};
use rendercast::protocol::Timestamp;
use rendercast::record::RecordConfig;
use rendercast::vod::{FileHandler, Library};
use rendercast::{Connection, HandlerResult, Server, ServerConfig};
use tempfile::TempDir;

use super::apart::has_run_apart;
use super::peer::Peer;
use super::usage::{Usage, resident_kib};
use super::viewer::Viewer;

/// How long a step may take on a busy machine that should take no time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Longer than any test.
pub(crate) const NEVER: Duration = Duration::from_secs(600);

/// How long an [`impatient`] server waits for the handshake, and for `connect`. Honest peers have
/// that long too.
pub(crate) const SERVER_PATIENCE: Duration = Duration::from_millis(2_500);

/// When an [`impatient`] server must have given up at the latest, on a busy machine. The default is
/// 10 s.
pub(crate) const GIVES_UP: Duration = Duration::from_secs(9);

/// How much the process may have grown once an attack is over.
const GROWTH_KIB: u64 = 32 << 10;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// The settings of most attacks: the defaults, with timeouts that never end. So a peer that is
/// closed has not been closed by a timeout.
pub(crate) fn settings() -> ServerConfig {
    let config = ServerConfig::default().connections(connections()).session(session());
    #[cfg(feature = "tunnel")]
    let config = config.tunnel(TunnelConfig::default().turn_timeout(NEVER));
    config
}

/// The settings of attacks that a timeout ends.
pub(crate) fn impatient() -> ServerConfig {
    settings()
        .session(session().handshake_timeout(SERVER_PATIENCE).connect_timeout(SERVER_PATIENCE))
}

/// The limits of connections in [`settings`].
pub(crate) fn connections() -> ConnectionLimits {
    ConnectionLimits::default().accept_rate(100_000)
}

/// The settings of sessions in [`settings`].
pub(crate) fn session() -> SessionConfig {
    SessionConfig::default().handshake_timeout(NEVER).connect_timeout(NEVER).idle_timeout(NEVER)
}

/// Attacks a server with the usual settings.
pub(crate) fn withstands(attack: impl FnOnce(SocketAddr)) {
    withstands_with(settings(), attack);
}

/// Attacks a server with these settings.
pub(crate) fn withstands_with(settings: ServerConfig, attack: impl FnOnce(SocketAddr)) {
    withstands_on("127.0.0.1:0", settings, attack);
}

/// Attacks a server with the usual settings by publishers. It records what they publish. The
/// attack gets what `prepare` returns, whose memory does not count.
pub(crate) fn withstands_publishers<T>(
    prepare: impl FnOnce() -> T,
    attack: impl FnOnce(SocketAddr, &T),
) {
    if has_run_apart() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let prepared = prepare();
    let attack = |server| attack(server, &prepared);
    withstand(GROWTH_KIB, "127.0.0.1:0", settings(), Some(folder), attack);
}

/// As [`withstands`]. The attack gets what `prepare` returns, whose memory does not count.
pub(crate) fn withstands_prepared<T>(
    prepare: impl FnOnce() -> T,
    attack: impl FnOnce(SocketAddr, &T),
) {
    if has_run_apart() {
        return;
    }
    let prepared = prepare();
    withstand(GROWTH_KIB, "127.0.0.1:0", settings(), None, |server| attack(server, &prepared));
}

/// As [`withstands_publishers`], with these settings. The allocator may keep so much of what the
/// attack took.
pub(crate) fn withstands_publishers_leaving(
    growth_kib: u64,
    settings: ServerConfig,
    attack: impl FnOnce(SocketAddr),
) {
    if has_run_apart() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    withstand(growth_kib, "127.0.0.1:0", settings, Some(folder), attack);
}

/// Starts a server, and attacks its second listener while an honest player watches at the first.
/// Checks that nothing of the attack is left.
pub(crate) fn withstands_on(
    listener: &str,
    settings: ServerConfig,
    attack: impl FnOnce(SocketAddr),
) {
    if has_run_apart() {
        return;
    }
    withstand(GROWTH_KIB, listener, settings, None, attack);
}

/// As [`withstands_with`]. The allocator may keep so much of what the attack took.
pub(crate) fn withstands_leaving(
    growth_kib: u64,
    settings: ServerConfig,
    attack: impl FnOnce(SocketAddr),
) {
    if has_run_apart() {
        return;
    }
    withstand(growth_kib, "127.0.0.1:0", settings, None, attack);
}

/// Takes publishers only if there is a folder for recordings. No other attack is in this process.
fn withstand(
    growth_kib: u64,
    listener: &str,
    settings: ServerConfig,
    folder: Option<TempDir>,
    attack: impl FnOnce(SocketAddr),
) {
    count_panics();
    let panics_before = PANICS.load(Ordering::SeqCst);
    let server = Server::new(settings);
    server.install(be_talkative);
    #[cfg(all(feature = "web", feature = "screen-video"))]
    super::web_pictures::install(&server);
    if let Some(folder) = &folder {
        let config = LiveConfig::default()
            .grace(Duration::from_millis(10))
            .record(RecordConfig::new(folder.path()), RecordedStreams::All);
        let live = LiveHandler::new(config);
        server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            connection.register_stream_event_handler(live.clone());
            Ok(connection.app() == "publish")
        });
    }
    server.install(FileHandler::new(Library::memory([
        ("film.flv".to_owned(), film().into()),
        ("big.flv".to_owned(), big_film().into()),
    ])));
    server.start("127.0.0.1:0").expect("a free port");
    server.start(listener).expect("a free port");
    let [address, attacked] =
        [0, 1].map(|listener| server.listen_addresses()[listener].socket_address().expect("TCP"));
    // Those that accept. Threads are counted by their names, and one has its name once it runs.
    let mut threads = 2;
    soon(|| Usage::now().threads == threads);

    if folder.is_some() {
        // A live server keeps a thread from its first publisher on.
        let cold = Usage::now();
        drop(Peer::publishing(address, "warm-up"));
        threads += 1;
        soon(|| Usage::now() == Usage { threads, ..cold });
    }
    let viewer = Viewer::of(address);
    // Its connection and its frames. It may have a sender for a moment.
    threads += 2;
    soon(|| Usage::now().threads == threads);
    let (usage, resident) = (Usage::now(), resident_kib());
    attack(attacked);
    viewer.sees_more();
    drop(Viewer::of(address));
    soon(|| Usage::now() == usage);
    let growth = resident_kib().saturating_sub(resident);
    assert!(growth <= growth_kib, "{growth} KiB more than before");
    drop(viewer);
    server.shutdown();
    // The next attack begins when no descriptor of this one is left.
    drop(folder);
    assert_eq!(PANICS.load(Ordering::SeqCst), panics_before, "a thread of the server panicked");
}

/// Panics unless the condition becomes true.
#[track_caller]
pub(crate) fn soon(condition: impl FnMut() -> bool) {
    within(PATIENCE, condition);
}

/// Panics unless the condition becomes true within a time.
#[track_caller]
pub(crate) fn within(limit: Duration, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < until, "not within {limit:?}: there are {:?}", Usage::now());
        thread::sleep(Duration::from_millis(2));
    }
}

/// Panics if the process has much more resident memory than `before`.
pub(crate) fn has_not_grown_since(before: u64) {
    let growth = resident_kib().saturating_sub(before);
    assert!(growth <= GROWTH_KIB, "{growth} KiB more than before the attack");
}

/// An application with long answers to short requests.
fn be_talkative(connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
    connection.register_remote_call_handler(
        "recite",
        |_: &Connection, _: &str, _: &Value, _: &[Value]| Ok(Value::from("x".repeat(1 << 20))),
    );
    Ok(connection.app() == "talkative")
}

/// A film of two seconds that repeats.
fn film() -> Arc<flv::File> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/h264_aac.flv");
    Arc::new(flv::File::open(path).expect("an FLV file"))
}

/// Plays four megabytes a second, more than a connection takes at once.
fn big_film() -> Arc<flv::File> {
    static FILM: LazyLock<Arc<flv::File>> = LazyLock::new(|| {
        let mut writer = flv::Writer::new(Vec::new(), false, true).expect("memory can be written");
        for frame in 0..20 {
            let mut payload = vec![0; 400_000];
            payload[..5].copy_from_slice(&[0x17, 1, 0, 0, 0]);
            let timestamp = Timestamp(frame * 100);
            let tag = Tag { kind: TagKind::Video, timestamp, payload: payload.into() };
            writer.write(&tag).expect("memory can be written");
        }
        Arc::new(flv::File::from_bytes(writer.into_inner().into()).expect("an FLV file"))
    });
    Arc::clone(&FILM)
}

/// Counts panics. The server survives a panic of its threads, but none may happen.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name().is_some_and(|name| name.starts_with("rtmp-")) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            default(info);
        }));
    });
}
