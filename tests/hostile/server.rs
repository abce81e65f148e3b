//! The server under attack, and what it must look like afterwards.

use std::net::SocketAddr;
use std::panic;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
#[cfg(feature = "tunnel")]
use rendercast::config::TunnelConfig;
use rendercast::config::{ConnectionLimits, SessionConfig};
use rendercast::media::{Tag, TagKind, flv};
use rendercast::protocol::Timestamp;
use rendercast::vod::{FileHandler, Library};
use rendercast::{Connection, HandlerResult, Server, ServerConfig};

use super::usage::{Usage, resident_kib};
use super::viewer::Viewer;

/// How long anything may take on a busy machine that is not meant to take any time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// How long the server waits for the handshake, and for `connect`.
pub(crate) const SERVER_PATIENCE: Duration = Duration::from_millis(1_500);

/// What the process may have grown by once an attack is over.
const GROWTH_KIB: u64 = 32 << 10;

/// One attack at a time: what it leaves behind is measured for the whole process.
static TURN: Mutex<()> = Mutex::new(());

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// The settings that most attacks meet: the defaults, with little patience.
pub(crate) fn settings() -> ServerConfig {
    let config = ServerConfig::default().connections(connections()).session(session());
    #[cfg(feature = "tunnel")]
    let config = config.tunnel(TunnelConfig::default().turn_timeout(SERVER_PATIENCE));
    config
}

/// The limits of connections in [`settings`].
pub(crate) fn connections() -> ConnectionLimits {
    ConnectionLimits::default().accept_rate(100_000)
}

/// The settings of sessions in [`settings`].
pub(crate) fn session() -> SessionConfig {
    SessionConfig::default().handshake_timeout(SERVER_PATIENCE).connect_timeout(SERVER_PATIENCE)
}

/// Has a server with the usual settings attacked.
pub(crate) fn withstands(attack: impl FnOnce(SocketAddr)) {
    withstands_with(settings(), attack);
}

/// Has a server with these settings attacked.
pub(crate) fn withstands_with(settings: ServerConfig, attack: impl FnOnce(SocketAddr)) {
    withstands_on("127.0.0.1:0", settings, attack);
}

/// Starts a server, has its second listener attacked while an honest player watches at the first,
/// and sees to it that nothing of the attack is left.
pub(crate) fn withstands_on(
    listener: &str,
    settings: ServerConfig,
    attack: impl FnOnce(SocketAddr),
) {
    withstands_leaving(GROWTH_KIB, listener, settings, attack);
}

/// As [`withstands_on`], where the allocator may keep so much of what the attack took.
pub(crate) fn withstands_leaving(
    growth_kib: u64,
    listener: &str,
    settings: ServerConfig,
    attack: impl FnOnce(SocketAddr),
) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    count_panics();
    let panics_before = PANICS.load(Ordering::SeqCst);
    let server = Server::new(settings);
    server.install(be_talkative);
    server.install(FileHandler::new(Library::memory([
        ("film.flv".to_owned(), film()),
        ("big.flv".to_owned(), big_film()),
    ])));
    server.start("127.0.0.1:0").expect("a free port");
    server.start(listener).expect("a free port");
    let [address, attacked] =
        [0, 1].map(|listener| server.listen_addresses()[listener].socket_address().expect("TCP"));
    // A thread has its name once it runs, which is what threads are counted by.
    soon(|| Usage::now().threads == 2);

    let viewer = Viewer::of(address);
    let (usage, resident) = (Usage::now(), resident_kib());
    attack(attacked);
    viewer.sees_more();
    drop(Viewer::of(address));
    soon(|| Usage::now() == usage);
    let growth = resident_kib().saturating_sub(resident);
    assert!(growth <= growth_kib, "{growth} KiB more than before");
    drop(viewer);
    server.shutdown();
    assert_eq!(PANICS.load(Ordering::SeqCst), panics_before, "a thread of the server panicked");
}

/// Panics unless that comes true.
#[track_caller]
pub(crate) fn soon(mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "not within {PATIENCE:?}: there are {:?}", Usage::now());
        thread::sleep(Duration::from_millis(2));
    }
}

/// Panics where the process has much more resident than `before`.
pub(crate) fn has_not_grown_since(before: u64) {
    let growth = resident_kib().saturating_sub(before);
    assert!(growth <= GROWTH_KIB, "{growth} KiB more than before the attack");
}

/// An application that has much to say on being asked little.
fn be_talkative(connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
    connection.register_remote_call_handler(
        "recite",
        |_: &Connection, _: &str, _: &Value, _: &[Value]| Ok(Value::from("x".repeat(1 << 20))),
    );
    Ok(connection.app() == "talkative")
}

/// Two seconds, over and over.
fn film() -> Arc<flv::File> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/h264_aac.flv");
    Arc::new(flv::File::open(path).expect("an FLV file"))
}

/// More than a connection takes at once: four megabytes a second.
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

/// The server survives a panic of its threads, but there shall be none.
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
