//! The server as clients and applications see it: over sockets, and through its public interface.

#[cfg(feature = "adobe-auth")]
mod authenticating;
mod calling;
mod calling_back;
mod calls_and_video;
mod congestion;
mod connecting;
mod deferring;
mod delay;
mod edges;
mod encoding;
mod ending;
mod enhanced;
mod falling_behind;
#[path = "../support/film.rs"]
mod film;
mod flooding;
#[cfg(feature = "h264")]
mod h264;
#[cfg(feature = "tunnel")]
#[path = "../support/http.rs"]
mod http;
mod lists;
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
mod recording;
mod relays;
mod render_loops;
mod resets;
mod self_ending;
mod shutdown;
mod silence;
mod starting;
mod statistics;
mod streams;
mod support;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
#[path = "../support/trusted.rs"]
mod trusted;
#[cfg(feature = "tunnel")]
mod tunnel;
mod unix;
#[path = "../support/viewer.rs"]
mod viewer;
mod viewings;
mod vod;
mod vod_controls;
#[cfg(feature = "web")]
#[path = "../support/web.rs"]
mod web;
#[cfg(feature = "web")]
mod web_access;
#[cfg(feature = "web")]
mod web_flv;
#[cfg(feature = "web")]
mod web_handlers;
#[cfg(all(feature = "screen-video", feature = "jpeg"))]
mod web_moving_pictures;
#[cfg(all(feature = "screen-video", feature = "web"))]
mod web_pictures;
#[cfg(feature = "web")]
mod web_sockets;
#[cfg(all(feature = "web", feature = "tls"))]
mod web_tls;
