//! Puts messages together from chunks.

use super::{Error, Limits, Message};

/// Puts messages together from chunks.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
}

impl Reader {
    /// A reader that has seen nothing yet: chunks are 128 bytes long.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// Reads on in `input`, moving it past what was consumed, until a message is whole.
    ///
    /// None: all of `input` was consumed and no message is whole. Set-chunk-size and abort messages
    /// take effect here before they are returned.
    ///
    /// # Errors
    /// What is wrong with the chunks; the connection cannot be read any further.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        let _ = (input, self.limits);
        todo!()
    }
}
