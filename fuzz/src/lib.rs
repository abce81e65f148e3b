//! The fuzz targets, and the invariants that must hold for any bytes.
//!
//! Each module is one target: its `run` feeds bytes to one part of the library, and panics if an
//! invariant does not hold. `fuzz_targets/` passes it the fuzzer's bytes. The library's test
//! `tests/fuzz_seeds/` passes it those of `seeds/`.

pub mod amf0;
pub mod amf3;
pub mod chunk_reader;
pub mod client_session;
mod conversation;
pub mod enhanced;
pub mod flv;
pub mod flv_damage;
pub mod handshake;
#[cfg(feature = "tunnel")]
pub mod http_head;
#[cfg(feature = "web")]
pub mod http_routes;
#[cfg(feature = "mp4")]
pub mod mp4;
mod pieces;
pub mod proxy;
pub mod published;
pub mod screen_video;
pub mod session;
mod size;
#[cfg(feature = "tunnel")]
pub mod tunnel;
#[cfg(feature = "web")]
pub mod web_session;
#[cfg(feature = "web")]
pub mod websocket;
