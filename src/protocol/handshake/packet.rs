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
    let blocks =
        (0..=u8::MAX).flat_map(|block| Sha256::digest([&seed[..], &[purpose, block]].concat()));
    out.extend(blocks.take(PACKET_BYTES.saturating_sub(RANDOM_OFFSET)));
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
