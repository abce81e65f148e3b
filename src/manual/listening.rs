//! Addresses of a server: schemes, addresses, several clients on one port, and proxies that
//! announce their clients.
//!
//! # Addresses
//!
//! [`Server::start`](crate::Server::start) takes one address. Call it once for each address that
//! the server must listen on.
//!
//! | address | protocol | default port | feature |
//! |---|---|---|---|
//! | `HOST:PORT`, `auto://HOST:PORT` | all of these but the last | 1935 | those that are on |
//! | `rtmp://HOST:PORT` | RTMP | 1935 | |
//! | `rtmps://HOST:PORT` | RTMP in TLS | 443 | `tls` |
//! | `rtmpt://HOST:PORT` | RTMP in HTTP | 80 | `tunnel` |
//! | `rtmpts://HOST:PORT` | RTMP in HTTP in TLS | 443 | `tls`, `tunnel` |
//! | `http://HOST:PORT` | pages, FLV and WebSockets, RTMP in HTTP | 80 | `web` |
//! | `https://HOST:PORT` | the same in TLS | 443 | `tls`, `web` |
//! | `unix:/PATH` | RTMP over a Unix socket | | |
//!
//! An address without a scheme, or with `auto://`, tells the protocols apart by each client's first
//! byte. [`ListenAddress::url`](crate::ListenAddress::url) prints an address for browsers.
//!
//! - The empty string means `0.0.0.0:1935`.
//! - `0.0.0.0` stands for all IPv4 addresses of the machine. `[::]` stands for these and the IPv6
//!   ones.
//! - Port 0 is a free port. [`Server::listen_addresses`](crate::Server::listen_addresses) returns
//!   the port that was chosen.
//! - The file of a Unix socket gets the permissions that the umask of the process leaves it. The
//!   shutdown removes it.
//!
//! ```
//! use rendercast::{Server, ServerConfig};
//!
//! let server = Server::new(ServerConfig::default());
//! server.start("127.0.0.1:0")?;
//! server.start("[::1]:0")?;
//! for address in server.listen_addresses() {
//!     println!("{address}/live/demo"); // rtmp://127.0.0.1:40123/live/demo
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Connection::transport`](crate::Connection::transport) tells a handler which of them a client
//! uses. [`rtmps`](super::rtmps) and [`rtmpt`](super::rtmpt) describe the two that need a feature,
//! and [`browser`](super::browser) describes HTTP.
//!
//! # Behind a proxy
//!
//! All clients behind a proxy have the proxy's address, unless the proxy announces each client. The
//! PROXY protocol of HAProxy does so: it puts a header in front of the client's bytes. rendercast
//! reads versions 1 and 2 of that header, over TCP and over Unix sockets. You must say which peers
//! are such proxies:
//!
//! ```
//! use rendercast::{ProxyAddressError, Server, ServerConfig};
//!
//! fn behind_haproxy() -> Result<Server, ProxyAddressError> {
//!     let config = ServerConfig::default().proxies(["10.0.0.0/8".parse()?, "unix".parse()?]);
//!     Ok(Server::new(config))
//! }
//! ```
//!
//! In HAProxy's configuration, add `send-proxy-v2` to the server's line:
//!
//! ```text
//! backend rendercast
//!     server one 10.0.0.5:1935 send-proxy-v2 check
//!     # or, over a Unix socket:
//!     # server one unix@/run/rtmp.sock send-proxy-v2 check
//! ```
//!
//! Then [`Connection::peer_address`](crate::Connection::peer_address), the limits per address and
//! the log are about the client. If the header names no client, they are about the proxy.
//!
//! - A connection from a listed proxy must begin with a header. The server closes one that does
//!   not, and logs it. If headers were optional, a client behind a proxy that sends none could
//!   write one, and so choose its address.
//! - The server understands no header from any other peer.
//! - The header must arrive within
//!   [`SessionConfig::handshake_timeout`](crate::config::SessionConfig::handshake_timeout).
//! - A listed proxy does not count for
//!   [`ConnectionLimits::per_address`](crate::config::ConnectionLimits::per_address); the
//!   clients that it announces do.
//!
//! # Who may come in
//!
//! - [`ConnectionLimits::total`](crate::config::ConnectionLimits::total) bounds the connections in
//!   all, [`per_address`](crate::config::ConnectionLimits::per_address) those of one IP address.
//!   The server closes one more at once, and logs it.
//! - [`accept_rate`](crate::config::ConnectionLimits::accept_rate) bounds how often one IP address
//!   connects per second. The server closes one more at once, and logs it. Clients at other
//!   addresses do not wait. A player that reconnects in a loop costs no more than that.
//! - An IPv6 address counts by its first 64 bits, for both limits.
//! - An installed [`ConnectEventHandler`](crate::ConnectEventHandler) accepts or refuses each
//!   client, by its address or by what its connect command says. A [`Refusal`](crate::Refusal)
//!   chooses the text that the player shows.
//!
//! ```
//! use rendercast::amf::{Object, Value};
//! use rendercast::{Connection, HandlerResult, Refusal, Server, ServerConfig};
//!
//! let server = Server::new(ServerConfig::default());
//! server.install(|_: &Connection, command: &Object, _: &[Value]| -> HandlerResult {
//!     match command.get("app").and_then(Value::as_str) {
//!         Some("live") => Ok(true),
//!         _ => Err(Refusal::new("NetConnection.Connect.Rejected", "no such application").into()),
//!     }
//! });
//! ```
