//! Attacks on a real server on loopback. An honest player gets its frames before, meanwhile and
//! afterwards, nothing panics, and the server releases all that it
//! took.
#![cfg(target_os = "linux")]

mod apart;
mod cost;
mod damaged;
mod floods;
#[cfg(feature = "tunnel")]
#[path = "../support/http.rs"]
mod http;
mod malformed;
mod memory;
#[path = "../support/numbers.rs"]
mod numbers;
mod openings;
mod other_protocols;
mod peer;
mod publishers;
mod script;
mod server;
#[cfg(feature = "tls")]
mod tls;
#[path = "../support/tries.rs"]
mod tries;
#[cfg(feature = "tls")]
#[path = "../support/trusted.rs"]
mod trusted;
#[cfg(feature = "tunnel")]
mod tunnels;
mod usage;
mod viewer;
#[cfg(feature = "web")]
mod web;
#[cfg(feature = "web")]
#[path = "../support/web.rs"]
mod web_client;
#[cfg(all(feature = "web", feature = "screen-video"))]
mod web_pictures;
#[cfg(all(feature = "web", feature = "tls"))]
mod web_tls;
