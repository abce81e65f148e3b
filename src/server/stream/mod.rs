//! One stream of a connection at run time: its state, its two loops, and its subscription.

mod clock;
mod control;
mod ending;
mod frame_loop;
mod own_quality;
mod pace;
mod render_loop;
mod shared;
pub(crate) mod stream;
mod subscription;
mod threads;
