//! RTMPS, which is RTMP in TLS: how to serve it, exchange certificates while the server runs, and
//! try it out.
//!
//! It needs the feature `tls`. TLS 1.2 and 1.3 are there, by rustls.
//!
//! # A server with certificates
//!
//! Give the server a certificate chain and a private key, both in PEM. The first pair is the
//! default; a client that asks for another pair's name gets that pair.
//!
//! ```
//! # #[cfg(feature = "tls")]
//! # fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use rendercast::tls::{Certificate, Certificates};
//! use rendercast::{Server, ServerConfig};
//!
//! let certificates = Certificates::load([
//!     Certificate::files("/etc/rtmps/fullchain.pem", "/etc/rtmps/privkey.pem"),
//!     Certificate::files("/etc/rtmps/other.pem", "/etc/rtmps/other.key"),
//! ])?;
//! let server = Server::new(ServerConfig::default().tls(certificates.clone()));
//! server.start("rtmps://0.0.0.0:443")?;
//!
//! // Later, when the files have changed:
//! certificates.reload()?;
//! # Ok(())
//! # }
//! ```
//!
//! `Certificates::reload` works at any time and from any thread. New handshakes use the new files,
//! and open connections go on. If it fails, the error names the file and the cause, and the old
//! certificates stay in force.
//!
//! To serve RTMP and RTMPS on one port, listen on `auto://HOST:PORT`;
//! [`listening`](super::listening) has the schemes.
//!
//! # Trying it out
//!
//! The example makes a certificate that no authority signed:
//!
//! ```sh
//! cargo run --release --features self-signed --example serve_flv -- \
//!     --tls-self-signed --listen rtmps://127.0.0.1:8443
//! ffplay rtmps://127.0.0.1:8443/live/demo
//! ```
//!
//! A player that verifies certificates must be told not to verify this one:
//!
//! | player | option |
//! |---|---|
//! | ffmpeg, ffplay (5.1 does not verify by default; later versions may) | `-tls_verify 0` |
//! | mpv | `--tls-verify=no` |
//! | GStreamer's `rtmp2src` | `tls-validation-flags=0` |
//! | rtmpdump | none: it never verifies |
//!
//! `--tls-cert FILE --tls-key FILE` serves a real certificate; give the pair several times for
//! several names.
//!
//! # A client in Rust
//!
//! The blocking [`client`](crate::client) plays `rtmps://` URLs too. By default it verifies the
//! server's certificate against the authorities that the operating system trusts. `tls::Trust` has
//! other authorities and another server name:
//!
//! ```no_run
//! # #[cfg(feature = "tls")]
//! # fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use rendercast::client::{Config, Player};
//! use rendercast::tls::Trust;
//!
//! let trust = Trust::authorities_file("/etc/rtmps/company-ca.pem").server_name("live.example");
//! let url = "rtmps://10.0.0.7/live/scene".parse()?;
//! let player = Player::open_with(&url, Config::default().trust(trust))?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it costs
//!
//! A viewer over RTMPS takes 1.4 times the CPU of one over RTMP, and some 45 KiB more memory. That
//! is the session of rustls, its read buffer of 4 KiB, and the stack that the handshake touched.
//! [`performance`](super::performance) has the measurement.
//!
//! While a client does not keep up, at most 64 KiB for it are encrypted and not yet sent.
//!
//! # What is not there
//!
//! - **Session tickets of TLS 1.3**, and so its resumption. GnuTLS returns `GNUTLS_E_AGAIN` for a
//!   ticket. librtmp adds that number to its count of bytes, and every rtmpdump and rtmpsrc would
//!   fail. The resumption of TLS 1.2 works.
//! - **Client certificates.** Let your connect handler decide by what the connect command says.
//! - **RTMPE.** It looks like encryption, but its key exchange is not authenticated. The server
//!   refuses it at the first byte, and the log says what to use instead.
//!
//! The cryptography is that of ring. If you need FIPS or post-quantum key exchange, install another
//! provider as the default of the process, before you load certificates.
