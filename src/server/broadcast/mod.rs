//! Render loops that streams share: one renderer and one encoder, any number of viewers.
//!
//! [`RenderLoop`] is what applications hold, `stage` what its threads share with its viewers. Who is
//! sent what is decided by `audience` and what it is made of, without threads, clocks or sockets.

mod audience;
mod canvases;
mod config;
mod demand;
mod encoding;
mod error;
mod frame_thread;
mod key_frame_cache;
mod pace;
mod render_loop;
mod render_thread;
mod stage;
mod time_line;

pub use config::RenderLoopConfig;
pub use error::RenderLoopError;
pub use render_loop::RenderLoop;
