//! RTMPT, byte by byte and in virtual time.

mod answers;
mod conversation;
mod exchange;
