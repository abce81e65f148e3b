//! What can be wrong with AMF bytes.

use crate::protocol::wire::UnexpectedEnd;

/// Why bytes are not AMF values that we take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes ended before the value did.
    #[error(transparent)]
    UnexpectedEnd(#[from] UnexpectedEnd),
}
