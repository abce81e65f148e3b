//! The server as its clients and its application see it: over sockets, through its public face.

mod calling;
mod calling_back;
mod calls_and_video;
mod congestion;
mod connecting;
mod delay;
mod encoding;
mod ending;
mod enhanced;
#[path = "../support/film.rs"]
mod film;
mod flooding;
#[cfg(feature = "h264")]
mod h264;
#[cfg(feature = "tunnel")]
#[path = "../support/http.rs"]
mod http;
mod live;
mod logs;
mod loops;
mod pausing;
mod players;
mod playing;
mod properties;
mod proxied;
mod publishers;
mod publishing;
mod relays;
mod render_loops;
mod shutdown;
mod silence;
mod starting;
mod statistics;
mod streams;
mod support;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tunnel")]
mod tunnel;
mod unix;
#[path = "../support/viewer.rs"]
mod viewer;
mod vod;
mod vod_controls;
