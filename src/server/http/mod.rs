//! HTTP connections: a router of requests, and what serves them.

#[cfg(feature = "web")]
mod application;
#[cfg(feature = "web")]
mod asked;
pub(crate) mod connection;
#[cfg(feature = "web")]
mod figures;
#[cfg(feature = "web")]
pub(crate) mod http_handlers;
#[cfg(feature = "web")]
pub(crate) mod http_request;
#[cfg(feature = "web")]
pub(crate) mod http_response;
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
