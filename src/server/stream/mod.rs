//! One stream of a connection at run time: its state and its loops.

mod clock;
mod frame_loop;
mod pace;
mod render_loop;
pub(crate) mod stream;
mod subscription;
