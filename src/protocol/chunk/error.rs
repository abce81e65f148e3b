//! What can be wrong with a peer's chunks.

/// Why chunks cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {}
