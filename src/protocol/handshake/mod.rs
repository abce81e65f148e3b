//! The handshake, in the simple form (RTMP 1.0 §5.2) and the digest form of Flash Player.

mod client;
mod digest;
mod error;
mod packet;
mod server;
mod version;

#[cfg(test)]
mod tests;

pub use client::{Client, Form};
pub use digest::Scheme;
pub use error::Error;
pub use server::Server;
