//! The only room that spawns the server's threads: listeners, connections, loops and senders.

mod batch;
mod broadcast;
mod calls;
mod clock;
mod config;
mod connection;
mod dispatch;
mod error;
mod filter;
mod frame_loop;
mod guard;
#[cfg(feature = "tunnel")]
mod http;
mod link;
mod listen_address;
mod listener;
mod listening_socket;
#[cfg(feature = "tunnel")]
mod lull;
mod opening;
mod outbox;
mod outlet;
mod outqueue;
mod pace;
mod play;
mod playback;
mod proxy_address;
mod rate_meter;
mod registry;
mod render_loop;
mod scheme;
mod sender;
#[allow(clippy::module_inception, reason = "the room is named after what it is about")]
mod server;
mod shared;
mod ticker;
#[cfg(feature = "tunnel")]
mod tunnels;
mod unix_path;
mod viewing;

pub use broadcast::{RenderLoop, RenderLoopConfig, RenderLoopError};
pub use config::ServerConfig;
pub use error::Error;
pub use listen_address::ListenAddress;
pub use proxy_address::{ProxyAddress, ProxyAddressError};
pub use server::Server;
pub use shared::HandlerId;
