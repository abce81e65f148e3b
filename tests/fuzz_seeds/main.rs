//! Runs the fuzz targets over their seeds: real conversations, and inputs that the fuzzer has
//! found.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "public where it is a crate")]
mod targets;

#[test]
fn amf0() {
    replay("amf0", targets::amf0::run);
}

#[test]
fn amf3() {
    replay("amf3", targets::amf3::run);
}

#[test]
fn handshake() {
    replay("handshake", targets::handshake::run);
}

#[test]
fn chunk_reader() {
    replay("chunk_reader", targets::chunk_reader::run);
}

#[test]
fn session() {
    replay("session", targets::session::run);
}

#[test]
fn client_session() {
    replay("client_session", targets::client_session::run);
}

#[test]
fn enhanced() {
    replay("enhanced", targets::enhanced::run);
}

#[test]
fn flv() {
    replay("flv", targets::flv::run);
}

#[test]
fn flv_damage() {
    replay("flv_damage", targets::flv_damage::run);
}

#[cfg(feature = "mp4")]
#[test]
fn mp4() {
    replay("mp4", targets::mp4::run);
}

#[test]
fn proxy() {
    replay("proxy", targets::proxy::run);
}

#[test]
fn published() {
    replay("published", targets::published::run);
}

#[test]
fn screen_video() {
    replay("screen_video", targets::screen_video::run);
}

#[test]
fn screen_video_2() {
    replay("screen_video_2", targets::screen_video::run_2);
}

#[cfg(feature = "web")]
#[test]
fn http_routes() {
    replay("http_routes", targets::http_routes::run);
}

#[cfg(feature = "tunnel")]
#[test]
fn http_head() {
    replay("http_head", targets::http_head::run);
}

#[cfg(feature = "tunnel")]
#[test]
fn tunnel() {
    replay("tunnel", targets::tunnel::run);
}

#[cfg(feature = "web")]
#[test]
fn websocket() {
    replay("websocket", targets::websocket::run);
}

#[cfg(feature = "web")]
#[test]
fn web_session() {
    replay("web_session", targets::web_session::run);
}

/// Runs `target` over each of its seeds, whole, cut in half and without its last byte.
fn replay(name: &str, target: fn(&[u8])) {
    for (path, bytes) in seeds(name) {
        for end in [bytes.len(), bytes.len() / 2, bytes.len().saturating_sub(1)] {
            let run = catch_unwind(|| target(&bytes[..end]));
            assert!(run.is_ok(), "{}, its first {end} bytes", path.display());
        }
    }
}

fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder(name);
    let entries =
        fs::read_dir(&folder).expect("there are seeds").map(|entry| entry.unwrap().path());
    let mut seeds: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    assert!(!seeds.is_empty(), "no seeds in {}", folder.display());
    seeds.sort();
    seeds
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name)
}
