//! What can be wrong with one message; the connection can be read on behind it.

use crate::protocol::amf;
use crate::protocol::wire::UnexpectedEnd;

/// Why a message does not say what its type promises.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The message ended before its fields did.
    #[error("the message is too short: {0}")]
    UnexpectedEnd(#[from] UnexpectedEnd),
    /// A value is not well-formed, or larger than the limits allow.
    #[error("a value of the message cannot be read: {0}")]
    Amf(#[from] amf::Error),
    /// A command or data message begins with its name, and this one does not.
    #[error("the message does not begin with a name")]
    NoName,
    /// A command's name and transaction are known, but not what follows them; so it can be
    /// answered.
    #[error("the arguments of {name:?} cannot be read: {source}")]
    Arguments {
        /// The command.
        name: String,
        /// What an answer must bear.
        transaction_id: f64,
        /// What is wrong.
        source: amf::Error,
    },
}
