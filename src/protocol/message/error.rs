//! Errors in one message. Later messages can be read.

use crate::protocol::amf;
use crate::protocol::wire::UnexpectedEnd;

/// The reason why a message cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The message ends within a field.
    #[error("the message is too short: {0}")]
    UnexpectedEnd(#[from] UnexpectedEnd),
    /// A value is malformed, or larger than the limits allow.
    #[error("a value of the message cannot be read: {0}")]
    Amf(#[from] amf::Error),
    /// A command or data message does not start with its name.
    #[error("the message does not begin with a name")]
    NoName,
    /// A command's arguments cannot be read. Its name and transaction can, so it can be answered.
    #[error("the arguments of {name:?} cannot be read: {source}")]
    Arguments {
        /// The command.
        name: String,
        /// The number that an answer must carry.
        transaction_id: f64,
        /// What is wrong.
        source: amf::Error,
    },
}
