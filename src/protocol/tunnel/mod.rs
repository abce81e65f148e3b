//! RTMPT: a conversation cut into HTTP requests and their answers, for networks that pass nothing
//! else.
//!
//! There is no specification. What is here is what Flash Player, librtmp and ffmpeg say, and what
//! makes them go on:
//!
//! ```text
//! POST /fcs/ident2                             404 is fine; Flash asks which server it is
//! POST /open/1           body of a byte        200, "<id>\n"
//! POST /send/<id>/<n>    body: bytes of RTMP   200, a byte of polling interval, bytes of RTMP or none
//! POST /idle/<id>/<n>    body of a byte        200, as to send
//! POST /close/<id>/<n>   body of a byte        200, a byte 0
//! ```
//!
//! `<n>` counts a tunnel's requests from 0. They may come over several connections, as a proxy likes,
//! so the numbers give the order and not the connections.
//!
//! [`RequestReader`] makes requests of a connection's bytes, [`Tunnel`] makes a conversation of
//! requests, and [`response`] makes bytes of what is answered.

mod answer;
mod command;
mod config;
mod head;
mod interval;
mod refusal;
mod request_reader;
pub mod response;
mod turns;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use command::{Command, TunnelId};
pub use config::{Config, Limits};
pub use interval::Interval;
pub use refusal::Refusal;
pub use request_reader::{Request, RequestReader};
pub use turns::{End, Read, Step, Tunnel, Visit};
