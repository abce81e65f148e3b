//! The header that a proxy puts in front of what it relays, by which a server learns who the client
//! is: the PROXY protocol of HAProxy, versions 1 and 2.
//!
//! A server either requires the header or refuses it, and never guesses. If it took a header
//! whenever there is one, a client behind a proxy that sends none could send one itself, and claim
//! any address.

mod error;
mod header;
mod reader;
mod v1;
mod v2;

pub use error::Error;
pub use header::Header;
pub use reader::Reader;
