//! The fuzz targets, and the properties that hold for all bytes.
//!
//! Each module is one target: its `run` feeds bytes to one part of the library, and panics where an
//! invariant does not hold. `fuzz_targets/` hands it the fuzzer's bytes; `tests/fuzz_seeds.rs` of the
//! library hands it those of `seeds/`.

pub mod amf0;
pub mod amf3;
pub mod chunk_reader;
pub mod client_session;
mod conversation;
pub mod flv;
pub mod flv_damage;
pub mod handshake;
#[cfg(feature = "tunnel")]
pub mod http_head;
mod pieces;
pub mod proxy;
pub mod screen_video;
pub mod session;
mod size;
#[cfg(feature = "tunnel")]
pub mod tunnel;
