//! Why a request for a tunnel is not served.

use crate::protocol::http::{Status, response};

/// Why a request for a tunnel is not served. The text is the body of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// 404: no tunnel has this name, or it has ended.
    #[error("there is no such tunnel")]
    NoSuchTunnel,
    /// 405: the path is one of RTMPT, but the method is not POST.
    #[error("RTMPT takes POST only")]
    NotPost,
    /// 400: what should be the number of the request is none, or too large.
    #[error("the request's number cannot be read")]
    BadNumber,
    /// 409: the number was answered long ago, or the requests before it never came.
    #[error("the request's number is out of order")]
    OutOfOrder,
    /// 503: there are as many tunnels as there may be, or this one takes no more for now.
    #[error("the server takes no more for now")]
    Unavailable,
}

impl Refusal {
    /// Returns the status to answer with.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::NoSuchTunnel => Status::NotFound,
            Self::NotPost => Status::MethodNotAllowed,
            Self::BadNumber => Status::BadRequest,
            Self::OutOfOrder => Status::Conflict,
            Self::Unavailable => Status::ServiceUnavailable,
        }
    }

    /// Writes the response: the status, and the reason as a line of text.
    #[must_use]
    pub fn response(self, is_last: bool) -> Vec<u8> {
        let fields: &[_] = match self {
            Self::NotPost => &[("Allow", "POST")],
            _ => &[],
        };
        response::text(self.status(), &self.to_string(), fields, is_last)
    }
}
