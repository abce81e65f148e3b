//! Seeds of the fuzz targets, made of what known clients send.

use std::fs;
use std::path::Path;

use super::clients;
use super::support::HANDSHAKE_BYTES;

/// How the target is to cut (some way), to answer (yes) and to start (behind a handshake).
const CONTROL_BYTES: [u8; 3] = [7, 0, 0];

#[test]
#[ignore = "writes fuzz/seeds"]
fn record_seeds_of_sessions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/session");
    fs::create_dir_all(&folder).unwrap();
    for (client, bytes) in clients::all_in_simple_form() {
        let name = client.to_lowercase().replace(", ", "_");
        let seed = [&CONTROL_BYTES, &bytes[HANDSHAKE_BYTES..]].concat();
        fs::write(folder.join(name), seed).unwrap();
    }
}
