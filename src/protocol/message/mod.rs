//! The payloads of messages: commands, data, user control and aggregates (RTMP 1.0 §6 and §7).

mod aggregate;
mod command;
mod data;
mod encoding;
mod error;
pub mod in_band;
pub mod status;
mod user_control;

pub use aggregate::Parts;
pub use command::Command;
pub use data::Data;
pub use encoding::ObjectEncoding;
pub use error::Error;
pub use status::{Level, Status};
pub use user_control::UserControl;
