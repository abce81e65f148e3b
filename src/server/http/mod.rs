//! Requests over HTTP.

pub(crate) mod connection;
mod poll_interval;
pub(crate) mod tunnel;
