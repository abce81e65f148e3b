//! What is answered to requests that are none of RTMPT's, or out of place.

/// Why a request is not served: an HTTP status, whose text is the error's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400: the head is not HTTP's, or contradicts itself.
    #[error("this is not an HTTP request that can be understood")]
    Malformed,
    /// 404: no such path, or no such tunnel.
    #[error("there is nothing here but RTMPT, and no such tunnel")]
    NotFound,
    /// 405: RTMPT is POST and nothing else.
    #[error("RTMPT takes POST only")]
    MethodNotAllowed,
    /// 408: the rest of the request did not come in time.
    #[error("the request did not come whole in time")]
    TimedOut,
    /// 409: the request's number was answered long ago, or those before it never came.
    #[error("the request's number is out of order")]
    OutOfOrder,
    /// 411: the body is of no declared length; so is a chunked one, which no RTMPT client sends.
    #[error("the request needs a Content-Length")]
    LengthRequired,
    /// 413: the body is longer than it may be.
    #[error("the request's body is too long")]
    BodyTooLong,
    /// 417: the client waits for a leave to send its body, which no RTMPT client does.
    #[error("the body is to come without being asked for")]
    ExpectationFailed,
    /// 431: the head is longer, or of more lines, than it may be.
    #[error("the request's head is too long")]
    HeadTooLong,
    /// 503: there are as many tunnels as there may be, or this one takes no more for now.
    #[error("the server takes no more for now")]
    Unavailable,
    /// 505: it is neither HTTP/1.0 nor HTTP/1.1.
    #[error("the server speaks HTTP/1.1")]
    VersionNotSupported,
}

impl Refusal {
    /// The status line's number.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TimedOut => 408,
            Self::OutOfOrder => 409,
            Self::LengthRequired => 411,
            Self::BodyTooLong => 413,
            Self::ExpectationFailed => 417,
            Self::HeadTooLong => 431,
            Self::Unavailable => 503,
            Self::VersionNotSupported => 505,
        }
    }

    /// The status line's words (RFC 9110 §15, RFC 6585 §5).
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "Bad Request",
            Self::NotFound => "Not Found",
            Self::MethodNotAllowed => "Method Not Allowed",
            Self::TimedOut => "Request Timeout",
            Self::OutOfOrder => "Conflict",
            Self::LengthRequired => "Length Required",
            Self::BodyTooLong => "Content Too Large",
            Self::ExpectationFailed => "Expectation Failed",
            Self::HeadTooLong => "Request Header Fields Too Large",
            Self::Unavailable => "Service Unavailable",
            Self::VersionNotSupported => "HTTP Version Not Supported",
        }
    }
}
