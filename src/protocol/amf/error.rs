//! Errors in AMF bytes.

use crate::protocol::wire::UnexpectedEnd;

/// The reason why AMF values cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes end within a value.
    #[error(transparent)]
    UnexpectedEnd(#[from] UnexpectedEnd),
    /// No type has this marker: the bytes are not AMF, or a length before them was wrong.
    #[error("no AMF{version} type has the marker {marker:#04x} (at offset {offset})")]
    UnknownMarker {
        /// The version of AMF: 0 or 3.
        version: u8,
        /// The unknown marker.
        marker: u8,
        /// Its offset, in bytes.
        offset: usize,
    },
    /// A type that the specification reserves but does not define: movie clip, record set.
    #[error("the AMF0 type {marker:#04x} is reserved and cannot be read (at offset {offset})")]
    ReservedMarker {
        /// The reserved type.
        marker: u8,
        /// Its offset, in bytes.
        offset: usize,
    },
    /// An end of object in place of a value.
    #[error("an object ends at offset {offset}, where a value was expected")]
    StrayObjectEnd {
        /// The offset of its marker, in bytes.
        offset: usize,
    },
    /// A reference to a value that was not sent.
    #[error("reference {index} before offset {offset} refers to nothing that was sent before it")]
    UnknownReference {
        /// The number in the reference.
        index: usize,
        /// The offset of the reference's end, in bytes.
        offset: usize,
    },
    /// A reference to an object that contains the reference. Values are trees here and cannot
    /// represent it.
    #[error("reference {index} before offset {offset} refers to an object that it is a part of")]
    CyclicReference {
        /// The number in the reference.
        index: usize,
        /// The offset of the reference's end, in bytes.
        offset: usize,
    },
    /// An object in a format that only its class can read. The peer must send a plain object.
    #[error("objects of class {class_name:?} are in a format of their own, which cannot be read")]
    Externalizable {
        /// The class.
        class_name: String,
    },
    /// More nested objects than [`Limits::depth`](super::Limits::depth).
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
