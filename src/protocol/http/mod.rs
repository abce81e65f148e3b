//! HTTP/1.1 as a server speaks it: requests from the bytes of a connection, and the heads of
//! responses.
//!
//! Nothing in here knows what is asked for. RTMPT is in [`tunnel`](super::tunnel).
//!
//! [`RequestReader`] makes requests of bytes, and [`response`] makes bytes of responses.

mod error;
mod head;
mod limits;
mod request_reader;
pub mod response;
mod status;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use head::{Head, Method};
pub use limits::Limits;
pub use request_reader::{Request, RequestReader};
pub use status::Status;
