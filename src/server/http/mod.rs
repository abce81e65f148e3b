//! HTTP connections: a router of requests, and what serves them.

pub(crate) mod connection;
pub(crate) mod respond;
mod tunnel;
