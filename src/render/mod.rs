//! Render loops that streams share: one renderer and one encoder, any number of viewers.

mod cancel;
mod command_stages;
mod commands_shown;
mod config;
mod encoding;
mod error;
mod frame_pace;
mod frame_thread;
mod loop_canvas;
mod loop_clock;
mod loop_commands;
mod loop_frame_event;
mod loop_frame_out;
mod loop_property;
mod loop_render_event;
mod loop_sound_event;
mod orders;
mod render_loop;
mod render_loops;
mod render_thread;
mod shared;
mod sound_track;
mod triple_buffer;
mod watching;

pub use cancel::{CancelLevel, Cancellation};
pub use config::RenderLoopConfig;
pub use error::RenderLoopError;
pub use loop_canvas::LoopCanvas;
pub use loop_commands::{LoopCommands, LoopCommandsError, LoopOutcome};
pub use loop_frame_event::LoopFrameEventHandler;
pub use loop_frame_out::LoopFrameOut;
pub use loop_property::{LoopProperty, LoopPropertyError, PropertyKind};
pub use loop_render_event::LoopRenderEventHandler;
pub use loop_sound_event::{LoopSoundEventHandler, SoundOut};
pub use render_loop::RenderLoop;
pub use render_loops::RenderLoops;
