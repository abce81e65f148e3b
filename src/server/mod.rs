//! The server: accepts connections, answers the requests of clients, and runs the loops of streams.
//!
//! | folder | what happens there |
//! |---|---|
//! | `listen` | addresses, and the sockets that are bound to them |
//! | `accept` | from an accepted socket to a connection whose protocol is known |
//! | `connection` | the conversation with one client: requests, handlers, answers |
//! | `stream` | one stream of a connection: its state and its loops |
//! | `send` | from media to bytes in the socket |
//! | `http` | requests over HTTP |

// ARCHITECTURE.md has the order of locks. A thread that takes two of them follows it.
//
// A handler may shut its server down. So no thread waits, in a handler, for one that runs handlers
// (`InsideHandler`).

mod accept;
mod budget;
pub mod config;
mod connection;
#[cfg(feature = "web")]
mod connection_report;
mod connections;
mod eviction;
#[cfg(any(feature = "tunnel", feature = "web"))]
mod http;
mod listen;
#[cfg(feature = "web")]
mod report;
mod send;
mod server;
mod spare_descriptors;
mod start_error;
mod state;
#[cfg(feature = "web")]
mod stills;
mod stream;
#[cfg(feature = "web")]
mod stream_list;
#[cfg(feature = "tunnel")]
mod tunnel_table;

pub use config::ServerConfig;
#[cfg(feature = "web")]
pub use http::http_handlers::{HttpPathError, OperatorAccess};
#[cfg(feature = "web")]
pub use http::http_request::HttpRequest;
#[cfg(feature = "web")]
pub use http::http_response::HttpResponse;
pub use listen::{ListenAddress, ProxyAddress, ProxyAddressError};
pub use server::Server;
pub use start_error::StartError;
pub use state::HandlerId;
#[cfg(feature = "web")]
pub use stream_list::StreamEntry;
