//! RTMPT: a conversation that is cut into HTTP requests and their answers, for networks that pass
//! nothing but HTTP.
//!
//! There is no specification. This is what Flash Player, librtmp and ffmpeg send, and what they
//! accept:
//!
//! ```text
//! POST /fcs/ident2                             404 is fine; Flash asks which server it is
//! POST /open/1           body of a byte        200, "<id>\n"
//! POST /send/<id>/<n>    body: bytes of RTMP   200, a byte, then bytes of RTMP or none
//! POST /idle/<id>/<n>    body of a byte        200, as to send
//! POST /close/<id>/<n>   body of a byte        200, a byte 0
//! ```
//!
//! `<n>` counts the requests of a tunnel from 0. A proxy may spread them over several connections,
//! so the numbers give the order, and not the connections.
//!
//! [`http`](super::http) reads the requests. [`Command`] says what one asks for, [`Exchange`] makes
//! a conversation of them, and [`answer`] writes what they are answered with.

pub mod answer;
mod command;
mod config;
mod exchange;
mod refusal;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use command::{Command, TunnelId};
pub use config::Config;
pub use exchange::{End, Exchange, PendingRequest, Read, Step};
pub use refusal::Refusal;
