//! The server's side of a browser's connection: the same events and answers as those of
//! [`server_session`](super::server_session), in HTTP and WebSocket instead of RTMP.
//!
//! A request for FLV says all in its head: its session connects, creates stream 1 and plays by
//! itself. A WebSocket without a stream's name says so in texts of JSON, which
//! `request` reads and `text` writes.
//!
//! The driver runs a session as [`server_session`](super::server_session) tells.

mod error;
mod notices;
mod opening;
mod replies;
mod request;
mod session;
#[cfg(test)]
mod tests;
mod text;

pub use error::Error;
pub use notices::{event_text, is_end};
pub use opening::{ImageType, Kind, Opening};
pub use replies::{PART_END, part_head};
pub use session::{WebSession, answer_text, call_text};
