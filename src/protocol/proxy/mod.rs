//! The header that a proxy puts in front of what it relays, so that the server learns who the client
//! is: the PROXY protocol of HAProxy, versions 1 and 2.
//!
//! A server expects it or does not; it never guesses. Where a header is only taken note of if there
//! is one, a client behind a proxy that sends none can send one itself, and be whoever it likes.

mod error;
mod header;
mod progress;
mod reader;
mod v1;
mod v2;

pub use error::Error;
pub use header::Header;
pub use reader::Reader;
