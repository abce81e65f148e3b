//! HTTP connections: a router of requests, and what serves them.

pub(crate) mod connection;
#[cfg(feature = "web")]
mod figures;
#[cfg(feature = "web")]
mod metrics;
#[cfg(feature = "web")]
mod operators;
#[cfg(feature = "web")]
mod origin;
#[cfg(feature = "web")]
mod page;
#[cfg(feature = "web")]
mod path;
pub(crate) mod respond;
#[cfg(feature = "tunnel")]
mod tunnel;
#[cfg(feature = "web")]
mod watch;
#[cfg(feature = "web")]
mod web;
