//! A request as the handlers of an application get it.

use bytes::Bytes;

use crate::handler::PeerAddress;
use crate::protocol::http::{Head, Method};

/// A request of HTTP, for a handler of
/// [`Server::register_http_handler`](crate::Server::register_http_handler).
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'a> {
    pub(super) head: &'a Head,
    pub(super) path: &'a str,
    pub(super) body: &'a Bytes,
    pub(super) peer: PeerAddress,
    pub(super) is_secure: bool,
}

impl<'a> HttpRequest<'a> {
    /// Returns the method. A HEAD is reported as a GET, and the server leaves out the body of the
    /// response.
    #[must_use]
    pub fn method(&self) -> Method {
        match self.head.method() {
            Method::Head => Method::Get,
            method => method,
        }
    }

    /// Returns the path with its escapes resolved. It begins with a slash. No part of it is `.` or
    /// `..`, and it has no control characters.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// Returns the query as it was sent, without the question mark.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.head.query()
    }

    /// Returns the value of the only header of that name, in whichever case it is written. Returns
    /// `None` if there is none, if there are several, or if it is no ASCII text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.head.text_field(name)
    }

    /// Returns all headers in the order in which they were sent. A value may be any bytes.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.head.fields()
    }

    /// Returns the body, which is empty for most requests. It has at most
    /// [`HttpLimits::body_bytes`](crate::config::HttpLimits::body_bytes).
    #[must_use]
    pub const fn body(&self) -> &'a Bytes {
        self.body
    }

    /// Returns the address of the client, or of the proxy that passes its request on.
    #[must_use]
    pub const fn peer_address(&self) -> PeerAddress {
        self.peer
    }

    /// Returns whether the request came in TLS that this server ended.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }
}
