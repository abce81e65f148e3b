//! What can be wrong with AMF bytes.

use crate::protocol::wire::UnexpectedEnd;

/// Why bytes are not AMF values that we take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes ended before the value did.
    #[error(transparent)]
    UnexpectedEnd(#[from] UnexpectedEnd),
    /// No type has this marker: the bytes are no AMF, or a length before them was wrong.
    #[error("no AMF{version} type has the marker {marker:#04x} (at offset {offset})")]
    UnknownMarker {
        /// The version whose types were looked up: 0 or 3.
        version: u8,
        /// The byte that should have named a type.
        marker: u8,
        /// Where it is.
        offset: usize,
    },
    /// A type that the specification reserves without saying how it is written: movie clip, record
    /// set.
    #[error("the AMF0 type {marker:#04x} is reserved and cannot be read (at offset {offset})")]
    ReservedMarker {
        /// The reserved type.
        marker: u8,
        /// Where it is.
        offset: usize,
    },
    /// An end of object where a value had to be.
    #[error("an object ends at offset {offset}, where a value was expected")]
    StrayObjectEnd {
        /// Where its marker is.
        offset: usize,
    },
    /// A reference to something that has not been sent.
    #[error("reference {index} before offset {offset} refers to nothing that was sent before it")]
    UnknownReference {
        /// The number that was referred to.
        index: usize,
        /// Where the reference ends.
        offset: usize,
    },
    /// A reference to an object that holds the reference. Values are trees here, so what refers to
    /// itself cannot be represented.
    #[error("reference {index} before offset {offset} refers to an object that it is a part of")]
    CyclicReference {
        /// The number that was referred to.
        index: usize,
        /// Where the reference ends.
        offset: usize,
    },
    /// An object in a format that only its own class knows. The peer has to send a plain object.
    #[error("objects of class {class_name:?} are in a format of their own, which cannot be read")]
    Externalizable {
        /// The class.
        class_name: String,
    },
    /// More objects in one another than [`Limits::depth`](super::Limits::depth).
    #[error("values are nested deeper than {max} levels")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// More values than [`Limits::values`](super::Limits::values).
    #[error("a message holds more than {max} values, those that it refers to included")]
    TooManyValues {
        /// The limit.
        max: usize,
    },
    /// More text and bytes than [`Limits::bytes`](super::Limits::bytes).
    #[error("a message holds more than {max} bytes of text, those that it refers to included")]
    TooManyBytes {
        /// The limit.
        max: usize,
    },
}
