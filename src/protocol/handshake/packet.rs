//! The packets of a handshake.

use sha2::{Digest, Sha256};

/// The length of C1, C2, S1 and S2 (RTMP 1.0 §5.2.3).
pub(super) const PACKET_BYTES: usize = 1536;

/// The offset of a packet's random bytes, after its time and its version.
pub(super) const RANDOM_OFFSET: usize = 8;

/// Appends a packet: time 0, `version`, and random bytes made from `seed`. They differ for each
/// `purpose`.
pub(super) fn put_packet(version: [u8; 4], seed: &[u8; 32], purpose: u8, out: &mut Vec<u8>) {
    out.extend([0; 4]);
    out.extend(version);
    let mut missing = PACKET_BYTES.saturating_sub(RANDOM_OFFSET);
    for block in 0..=u8::MAX {
        let random = Sha256::new().chain_update(seed).chain_update([purpose, block]).finalize();
        let taken = random.get(..missing).unwrap_or(&random);
        out.extend_from_slice(taken);
        missing = missing.saturating_sub(taken.len());
        if missing == 0 {
            return;
        }
    }
}

/// Moves bytes from `input` to `held` until it has `length`. Returns whether it has.
pub(super) fn collect(held: &mut Vec<u8>, length: usize, input: &mut &[u8]) -> bool {
    let missing = length.saturating_sub(held.len());
    let (taken, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
    held.reserve_exact(taken.len());
    held.extend_from_slice(taken);
    *input = rest;
    held.len() >= length
}
