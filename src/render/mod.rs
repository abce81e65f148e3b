//! Render loops that streams share: one renderer and one encoder, any number of viewers.

mod config;
mod encoding;
mod error;
mod frame_pace;
mod frame_thread;
mod loop_frame_event;
mod loop_frame_out;
mod loop_render_event;
mod render_loop;
mod render_thread;
mod shared;
mod triple_buffer;

pub use config::RenderLoopConfig;
pub use error::RenderLoopError;
pub use loop_frame_event::LoopFrameEventHandler;
pub use loop_frame_out::LoopFrameOut;
pub use loop_render_event::LoopRenderEventHandler;
pub use render_loop::RenderLoop;
