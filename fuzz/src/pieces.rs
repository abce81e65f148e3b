//! Cuts input into pieces, as a network does.

/// Cuts `bytes` into pieces. `seed` decides their lengths: 0 means one byte each.
pub(crate) fn pieces(bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    let mut state = u32::from(seed);
    while !rest.is_empty() {
        // A linear congruential generator (the constants of Numerical Recipes).
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = if seed == 0 { 1 } else { 1 + (state >> 16) as usize % 200 };
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
