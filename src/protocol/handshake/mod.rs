//! The handshake, in its simple and its digest form (RTMP 1.0 §5.2, and what Flash made of it).

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
