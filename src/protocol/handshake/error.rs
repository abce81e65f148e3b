//! Errors in a peer's handshake.

/// The reason why the handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The first byte is one that HTTP requests start with: RTMPT or a web client. PROXY headers in
    /// text form start with it too.
    #[error(
        "an HTTP request, or the PROXY header of a proxy, arrived where RTMP was expected: \
         use an rtmp:// URL or a port that serves RTMPT, or add the proxy to the server's proxies"
    )]
    Http,
    /// The first byte is that of a PROXY header in binary form.
    #[error(
        "the PROXY header of a proxy arrived where RTMP was expected: \
         add the proxy to the server's proxies"
    )]
    Proxy,
    /// The first byte is that of a TLS handshake: RTMPS.
    #[error(
        "a TLS handshake arrived where plain RTMP was expected: \
         use an rtmp:// URL instead of rtmps://, or a port that serves RTMPS"
    )]
    Tls,
    /// The peer asks for RTMPE, whose encryption protects nothing and is not offered here.
    #[error(
        "the peer asks for RTMPE (version {version}), which is not supported: \
         use an rtmp:// or rtmps:// URL instead of rtmpe://"
    )]
    Rtmpe {
        /// The first byte: 6, 8 or 9.
        version: u8,
    },
    /// The peer speaks a version of RTMP that does not exist, or another protocol.
    #[error("the peer speaks version {version} of RTMP, or another protocol: only 3 is supported")]
    UnknownVersion {
        /// The first byte.
        version: u8,
    },
    /// The server claims the digest form but does not have the key. Only clients that ask for that
    /// form get this.
    #[error(
        "the server's handshake is not signed as its version demands: \
         try the simple form of the handshake"
    )]
    NotSigned,
}
