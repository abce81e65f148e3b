//! RTMPT, which is RTMP in HTTP: for clients behind proxies and firewalls that let only HTTP
//! through.
//!
//! It needs the feature `tunnel`. RTMPT cuts the conversation into POST requests and their answers.
//! That costs latency and CPU, so use it only when plain RTMP and RTMPS do not get through. A
//! player uses it if its URL says so:
//!
//! ```sh
//! cargo run --release --features tunnel --example serve_flv -- --listen rtmpt://127.0.0.1:8080
//! ffplay rtmpt://127.0.0.1:8080/live/demo
//! ```
//!
//! `rtmpts://` is the same in TLS, and `auto://` takes all protocols on one port;
//! [`listening`](super::listening) has the schemes. Handlers see no difference except in
//! [`Connection::transport`](crate::Connection::transport).
//!
//! # Requests
//!
//! The requests of one client may come over several HTTP connections. The requests of several
//! clients may come over one. Proxies do both.
//!
//! | request | answer |
//! |---|---|
//! | the next number of its tunnel | the bytes that wait for the client |
//! | the number that was answered last | the same answer again |
//! | a number ahead of its turn | waits until the requests before it have come |
//! | any other number | 409 |
//! | a path that is not of RTMPT, or the name of no tunnel | 404 |
//! | another method than POST | 405 |
//! | a body without a length, or in chunks | 411 |
//! | a body or a head that is too long | 413, 431 |
//! | a request that is not HTTP | 400 |
//! | a request that is not whole within the handshake timeout | 408 |
//! | an `Expect` field, or a version that is not HTTP/1 | 417, 505 |
//! | an open, when there are as many tunnels as allowed | 503 |
//!
//! Each refusal has a line of text.
//!
//! # Latency
//!
//! The server holds a request for which it has nothing, because librtmp asks again as soon as it is
//! answered. Data end any hold at once, so media arrive without delay.
//!
//! - The hold is 30 ms (`TunnelConfig::idle_hold`). It doubles step by step, up to 480 ms,
//!   for a client that has only asked for a while.
//! - ffmpeg and librtmp send nothing during a hold. So the first command after a quiet time is late
//!   once: by the hold, and for ffmpeg by its own rest of 50 ms and one more hold.
//! - That is 1 s at worst. In ffplay it is half of that, because ffplay sends only after it has
//!   received something.
//!
//! # What a tunnel costs
//!
//! A tunnel is a connection, in addition to the HTTP connections that carry it. So a viewer over
//! RTMPT counts as two connections, and as three if a proxy splits its requests. It costs one
//! thread more than a viewer over RTMP, and 2.1 times the CPU
//! ([`performance`](super::performance)).
//!
//! | setting in [`config`](crate::config) | default | what it bounds |
//! |---|---|---|
//! | `ConnectionLimits::tunnels` | 1024 | tunnels at once |
//! | `TunnelConfig::out_bytes` | 1 MiB | bytes that wait for the client |
//! | `TunnelConfig::in_bytes` | 64 KiB | bytes from the client that the conversation has not read |
//! | `TunnelConfig::answer_bytes` | 256 KiB | bytes of one answer |
//! | `TunnelConfig::timeout` | 10 s | the life of a tunnel that no connection is left of |
//! | `HttpLimits::head_bytes` | 8 KiB | bytes of a request's head |
//! | `HttpLimits::body_bytes` | 1 MiB | bytes of a request's body |
//!
//! When no request comes, a tunnel fills up to `TunnelConfig::out_bytes`, and the stream's outqueue
//! after it. The write timeout then ends it, as it ends every client that does not read. When all
//! HTTP connections of a tunnel are gone, the tunnel ends after `TunnelConfig::timeout`.
//!
//! At the shutdown, HTTP connections end after all others, so that clients can fetch the last
//! messages of their tunnels.
//!
//! # A server
//!
//! ```
//! # #[cfg(feature = "tunnel")]
//! # fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use rendercast::config::ConnectionLimits;
//! use rendercast::{Server, ServerConfig};
//!
//! // 500 viewers over RTMPT, each with up to two HTTP connections.
//! let limits = ConnectionLimits::default().total(1500).tunnels(500);
//! let config = ServerConfig::default().connections(limits);
//! let server = Server::new(config);
//! server.start("rtmpt://0.0.0.0:80")?;
//! # Ok(())
//! # }
//! ```
