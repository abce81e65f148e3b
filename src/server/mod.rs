//! The server: accepts connections, converses with clients, runs their streams' loops.
//!
//! | wing | what happens there |
//! |---|---|
//! | `listen` | addresses, and the sockets that are bound to them |
//! | `accept` | from an accepted socket to a connection of which it is known what is spoken |
//! | `connection` | the conversation with one client: requests, handlers, answers |
//! | `stream` | one stream of a connection: its state and its loops |
//! | `send` | from media to bytes on their way |
//! | `http` | requests over HTTP |

mod accept;
mod config;
mod connection;
mod connections;
#[cfg(feature = "tunnel")]
mod http;
mod listen;
mod send;
mod server;
mod start_error;
mod state;
mod stream;
#[cfg(feature = "tunnel")]
mod tunnel_table;

pub use config::ServerConfig;
pub use listen::{ListenAddress, ProxyAddress, ProxyAddressError};
pub use server::Server;
pub use start_error::StartError;
pub use state::HandlerId;
