//! Carries the bytes of connections, and knows nothing of what they mean.

mod connect;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod incoming;
mod interrupter;
mod linger;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod outgoing;
mod receive;
mod resolver;
mod socket;
mod socket_options;
#[cfg(feature = "tls")]
pub mod tls;
mod transport;
#[cfg(feature = "tunnel")]
mod tunnel;
#[cfg(feature = "tunnel")]
mod tunnel_client;

pub(crate) use connect::{ConnectError, connect};
pub(crate) use interrupter::{Held, Interrupter};
pub(crate) use linger::{LINGER_TIMEOUT, linger};
pub(crate) use receive::{Input, READ_BYTES, is_disconnect, receive};
pub(crate) use socket::Socket;
pub(crate) use socket_options::{Kind, MAY_INHERIT, SocketOptions, is_set};
pub(crate) use transport::{RoundTrip, Transport};
#[cfg(feature = "tunnel")]
pub(crate) use tunnel::Tunnel;
#[cfg(feature = "tunnel")]
pub(crate) use tunnel_client::TunnelClient;
