//! The server under attack, and what it must look like afterwards.

use std::net::SocketAddr;
use std::panic;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::vod::{FileHandler, Library};
use rendercast::{Server, ServerConfig};

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
    ServerConfig::default()
        .handshake_timeout(SERVER_PATIENCE)
        .connect_timeout(SERVER_PATIENCE)
        .accept_rate(100_000)
}

/// Has a server with the usual settings attacked.
pub(crate) fn withstands(attack: impl FnOnce(SocketAddr)) {
    withstands_with(settings(), attack);
}

/// Starts a server, has it attacked while an honest player watches, and sees to it that nothing of
/// the attack is left.
pub(crate) fn withstands_with(settings: ServerConfig, attack: impl FnOnce(SocketAddr)) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    count_panics();
    let panics_before = PANICS.load(Ordering::SeqCst);
    let server = Server::new(settings);
    server.install(FileHandler::new(Library::file(film())));
    server.start("127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0];

    let viewer = Viewer::of(address);
    let (usage, resident) = (Usage::now(), resident_kib());
    attack(address);
    viewer.sees_more();
    drop(Viewer::of(address));
    returns_to(usage);
    let growth = resident_kib().saturating_sub(resident);
    assert!(growth <= GROWTH_KIB, "{growth} KiB more than before");
    drop(viewer);
    server.shutdown();
    assert_eq!(PANICS.load(Ordering::SeqCst), panics_before, "a thread of the server panicked");
}

/// Panics unless what the server holds is soon what it was.
fn returns_to(before: Usage) {
    let until = Instant::now() + PATIENCE;
    while Usage::now() != before {
        assert!(Instant::now() < until, "there were {before:?}, there are {:?}", Usage::now());
        thread::sleep(Duration::from_millis(5));
    }
}

/// Panics where the process has much more resident than `before`.
pub(crate) fn has_not_grown_since(before: u64) {
    let growth = resident_kib().saturating_sub(before);
    assert!(growth <= GROWTH_KIB, "{growth} KiB more than before the attack");
}

fn film() -> impl AsRef<Path> + Into<std::path::PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/assets/h264_aac.flv")
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
