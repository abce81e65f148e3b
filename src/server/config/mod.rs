//! The settings of a server in groups, each with its default and what it can cost.
//!
//! Every group starts as its default, and setters change it. [`ServerConfig`] takes the groups:
//!
//! ```
//! use std::time::Duration;
//!
//! use rendercast::config::{AmfLimits, ConnectionLimits, Queues, SessionConfig};
//! use rendercast::{Server, ServerConfig};
//!
//! let config = ServerConfig::default()
//!     .connections(ConnectionLimits::default().total(500).per_address(20))
//!     .queues(Queues::default().write_timeout(Duration::from_secs(60)))
//!     .session(SessionConfig::default().amf(AmfLimits::default().depth(8)));
//! let server = Server::new(config);
//! ```

mod connection_limits;
mod queues;
mod server_config;
#[cfg(feature = "web")]
mod web;

pub use connection_limits::ConnectionLimits;
pub use queues::Queues;
pub use server_config::ServerConfig;
#[cfg(feature = "web")]
pub use web::{Operators, WebConfig};

#[doc(no_inline)]
pub use crate::protocol::amf::Limits as AmfLimits;
#[doc(no_inline)]
pub use crate::protocol::chunk::Limits as ChunkLimits;
#[cfg(any(feature = "tunnel", feature = "web"))]
#[doc(no_inline)]
pub use crate::protocol::http::Limits as HttpLimits;
#[doc(no_inline)]
pub use crate::protocol::server_session::Config as SessionConfig;
#[cfg(feature = "tunnel")]
#[doc(no_inline)]
pub use crate::protocol::tunnel::Config as TunnelConfig;
