//! What the targets of both sessions share.

use std::fmt::Debug;

/// The length of C0, C1 and C2, and of S0, S1 and S2.
pub const HANDSHAKE_BYTES: usize = 3_073;

/// Returns `bytes` after the simple handshake of either side.
pub fn behind_a_handshake(bytes: &[u8]) -> Vec<u8> {
    let mut handshake = vec![0; HANDSHAKE_BYTES];
    handshake[0] = 3;
    handshake.extend_from_slice(bytes);
    handshake
}

/// Compares texts: some events contain NaN, which equals nothing.
pub fn assert_same<E: PartialEq + Debug>(events: &[E], others: &[E]) {
    if events != others {
        assert_eq!(format!("{events:?}"), format!("{others:?}"));
    }
}
