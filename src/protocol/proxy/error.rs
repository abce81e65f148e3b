//! What can be wrong with a header.

/// Why there is no telling who the client is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What came begins like no header.
    #[error("there is no PROXY header where one has to be: have the proxy send it")]
    Missing,
    /// Version 1: the line is longer than any can be.
    #[error("the PROXY header has no end within {max} bytes")]
    TooLong {
        /// The length of the longest.
        max: usize,
    },
    /// Version 1: the line is not one.
    #[error("the PROXY header cannot be read: {line:?}")]
    Line {
        /// The line.
        line: String,
    },
    /// The binary form, in another version than 2.
    #[error("the PROXY header is of version {version}: only 1 and 2 are known")]
    Version {
        /// The version.
        version: u8,
    },
    /// Version 2: a command that does not exist.
    #[error("the PROXY header has the unknown command {command}")]
    Command {
        /// The command.
        command: u8,
    },
    /// Version 2: an address of a kind that does not exist, or not of TCP.
    #[error("the PROXY header has an address of the unknown kind {family:#04x}")]
    Family {
        /// Address family and protocol.
        family: u8,
    },
    /// Version 2: the header is said to be shorter than the addresses in it.
    #[error("the PROXY header has {length} bytes for addresses that take {needed}")]
    TooShort {
        /// How many there are.
        length: u16,
        /// How many it takes.
        needed: u16,
    },
}
