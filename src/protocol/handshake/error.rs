//! What can be wrong with a peer's handshake.

/// Why there is no handshake with this peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {}
