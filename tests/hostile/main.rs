//! What attackers try, against a real server on loopback. Whatever they do, an honest player gets its
//! frames before, meanwhile and afterwards, nothing panics, and the server gives back all it took.
#![cfg(target_os = "linux")]

mod cost;
mod damaged;
mod floods;
mod house;
#[cfg(feature = "tunnel")]
#[path = "../support/http.rs"]
mod http;
mod lies;
#[path = "../support/numbers.rs"]
mod numbers;
mod openings;
mod peer;
mod strangers;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tunnel")]
mod tunnels;
mod usage;
mod viewer;
