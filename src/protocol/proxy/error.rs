//! What can be wrong with a header.

/// Why a header does not tell who the client is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The first bytes are not those of a header.
    #[error(
        "there is no PROXY header: let the proxy send it, or remove it from the server's proxies"
    )]
    Missing,
    /// Version 1: the line is longer than any can be.
    #[error("the PROXY header has no end within {max} bytes")]
    TooLong {
        /// The length of the longest line that can be.
        max: usize,
    },
    /// Version 1: the line cannot be understood.
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
    /// Version 2: the command does not exist.
    #[error("the PROXY header has the unknown command {command}")]
    Command {
        /// The command.
        command: u8,
    },
    /// Version 2: the address is of a kind that does not exist, or not of TCP.
    #[error("the PROXY header has an address of the unknown kind {family:#04x}")]
    Family {
        /// Address family and protocol.
        family: u8,
    },
    /// Version 2: the header is too short for the addresses in it.
    #[error("the PROXY header has {length} bytes for addresses that take {needed}")]
    TooShort {
        /// How many bytes there are.
        length: u16,
        /// How many bytes the addresses take.
        needed: u16,
    },
}
