//! The server's side.

use super::Error;

/// The server's side of a handshake.
#[derive(Debug)]
pub struct Server {
    seed: [u8; 32],
}

impl Server {
    /// A handshake that has seen nothing yet; what it sends is made from `seed`, which must be random.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// Reads on in `input`, moving it past what was consumed; appends to `out` what must be sent.
    ///
    /// True: C2 has arrived whole, and `input` stands at the first chunk.
    ///
    /// # Errors
    /// Why the peer must be hung up on.
    pub fn read(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Error> {
        let _ = (input, out, self.seed);
        todo!()
    }
}
