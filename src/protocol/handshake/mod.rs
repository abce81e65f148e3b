//! The handshake, in its simple and its digest form (RTMP 1.0 §5.2, and what Flash made of it).

mod error;
mod server;

pub use error::Error;
pub use server::Server;
