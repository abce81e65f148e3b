//! What can be wrong with a request, whatever it asks for.

use super::Status;

/// Why a request cannot be read.
///
/// The connection is of no more use then, because it is unknown where the next request begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The head is not HTTP, or contradicts itself.
    #[error("this is not an HTTP request that can be understood")]
    Malformed,
    /// A PROXY header of a peer that is no known proxy.
    #[error("a PROXY header is taken from the proxies of `ServerConfig::proxies` alone")]
    ProxyHeader,
    /// The rest of the request did not come in time.
    #[error("the request did not come whole in time")]
    TimedOut,
    /// A POST without a Content-Length, or any request with a Transfer-Encoding.
    #[error("the request needs a Content-Length")]
    LengthRequired,
    /// The body is longer than [`Limits::body_bytes`](super::Limits::body_bytes).
    #[error("the request's body is too long")]
    BodyTooLong,
    /// The client waits for permission to send its body.
    #[error("send the body without an Expect field")]
    ExpectationFailed,
    /// The head is longer than [`Limits::head_bytes`](super::Limits::head_bytes), or has more lines
    /// than 64.
    #[error("the request's head is too long")]
    HeadTooLong,
    /// The version is neither HTTP/1.0 nor HTTP/1.1.
    #[error("the server speaks HTTP/1.1")]
    VersionNotSupported,
}

impl Error {
    /// Returns the status to answer with.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Malformed | Self::ProxyHeader => Status::BadRequest,
            Self::TimedOut => Status::RequestTimeout,
            Self::LengthRequired => Status::LengthRequired,
            Self::BodyTooLong => Status::ContentTooLarge,
            Self::ExpectationFailed => Status::ExpectationFailed,
            Self::HeadTooLong => Status::RequestHeaderFieldsTooLarge,
            Self::VersionNotSupported => Status::HttpVersionNotSupported,
        }
    }
}
