//! RTMPT, byte by byte and in made-up time.

mod conversation;
mod requests;
mod responses;
mod turns;
