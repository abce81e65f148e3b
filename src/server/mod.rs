//! The only room that spawns the server's threads: listeners, connections, loops and senders.

mod batch;
mod calls;
mod clock;
mod config;
mod connection;
mod dispatch;
mod error;
mod filter;
mod frame_loop;
mod guard;
mod link;
mod listener;
mod outbox;
mod outlet;
mod outqueue;
mod pace;
mod play;
mod playback;
mod rate_meter;
mod registry;
mod render_loop;
mod sender;
#[allow(clippy::module_inception, reason = "the room is named after what it is about")]
mod server;
mod shared;
mod ticker;

pub use config::ServerConfig;
pub use error::Error;
pub use server::Server;
pub use shared::HandlerId;
