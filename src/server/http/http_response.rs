//! A response as the handlers of an application make it.

use bytes::Bytes;

/// The headers that the server writes itself.
const OWN: [&str; 7] = [
    "Connection",
    "Content-Length",
    "Content-Type",
    "Keep-Alive",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// A response to an [`HttpRequest`](crate::HttpRequest). It has status 200 unless
/// [`status`](Self::status) sets another.
///
/// The server adds `X-Content-Type-Options: nosniff`, `Cross-Origin-Resource-Policy: same-origin`
/// and `Cache-Control: no-store`. A page of HTML also gets the content security policy of the
/// server's own pages. A header that the response has is left as it is.
///
/// ```
/// use rendercast::HttpResponse;
///
/// let page = HttpResponse::html("<!doctype html><title>Scene</title>")
///     .header("Cache-Control", "max-age=60");
/// let missing = HttpResponse::text("there is no such scene").status(404);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpResponse {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

/// Why a response cannot be sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("a response cannot have the status {0}, which must be 200 to 599")]
    Status(u16),
    #[error("a response cannot have the header {name:?} with the value {value:?}")]
    Header { name: String, value: String },
    #[error("the server writes the header {0:?} itself")]
    Own(String),
    #[error("a response of {bytes} bytes is longer than {most}, see `WebConfig::response_bytes`")]
    TooLong { bytes: usize, most: usize },
}

impl HttpResponse {
    /// Makes a response of any media type.
    pub fn new(content_type: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let content_type = content_type.into();
        Self { status: 200, content_type, headers: Vec::new(), body: body.into() }
    }

    /// Makes a response of plain text.
    pub fn text(body: impl Into<String>) -> Self {
        Self::new("text/plain; charset=utf-8", body.into())
    }

    /// Makes a response of HTML.
    pub fn html(body: impl Into<String>) -> Self {
        Self::new("text/html; charset=utf-8", body.into())
    }

    /// Makes a response of JSON. `body` is sent as it is.
    pub fn json(body: impl Into<String>) -> Self {
        Self::new("application/json", body.into())
    }

    /// Sets the status, 200 to 599. With another the client gets 500, and the log says why.
    pub const fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header. If it cannot be sent, the client gets 500, and the log says why: the name is
    /// no token, the value has control characters, or the server writes the header itself.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Checks what the application has put in. `most` is the length of the longest body, in bytes.
    pub(super) fn check(&self, most: usize) -> Result<(), Fault> {
        if !(200..600).contains(&self.status) {
            return Err(Fault::Status(self.status));
        }
        let content_type = ("Content-Type".to_owned(), self.content_type.clone());
        for (name, value) in self.headers.iter().chain([&content_type]) {
            if name.is_empty() || !name.bytes().all(is_token) || !value.bytes().all(is_visible) {
                return Err(Fault::Header { name: name.clone(), value: value.clone() });
            }
        }
        let own = self.headers.iter().find(|(name, _)| OWN.iter().any(|own| is(name, own)));
        if let Some((name, _)) = own {
            return Err(Fault::Own(name.clone()));
        }
        let bytes = self.body.len();
        if bytes > most { Err(Fault::TooLong { bytes, most }) } else { Ok(()) }
    }

    pub(super) fn has(&self, header: &str) -> bool {
        self.headers.iter().any(|(name, _)| is(name, header))
    }
}

fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}

/// Returns whether a name may have this byte (RFC 9110 §5.6.2).
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Returns whether a value may have this byte (RFC 9110 §5.5).
const fn is_visible(byte: u8) -> bool {
    byte == b'\t' || byte >= b' ' && byte != 0x7f
}

#[cfg(test)]
mod tests {
    use super::{Fault, HttpResponse};

    #[test]
    fn what_would_break_a_response_is_found() {
        let ok = HttpResponse::text("x").header("X-A", "b c\t\u{fc}").status(404);
        assert_eq!(ok.check(1), Ok(()));
        assert_eq!(ok.check(0), Err(Fault::TooLong { bytes: 1, most: 0 }));
        for status in [0, 100, 199, 600] {
            assert_eq!(ok.clone().status(status).check(1), Err(Fault::Status(status)));
        }
        for (name, value) in [("", "x"), ("a b", "x"), ("a\r\n", "x"), ("a:", "x"), ("a", "x\r\n")]
        {
            let fault = Fault::Header { name: name.to_owned(), value: value.to_owned() };
            assert_eq!(ok.clone().header(name, value).check(1), Err(fault));
        }
        assert_eq!(
            ok.header("content-length", "9").check(1),
            Err(Fault::Own("content-length".into()))
        );
        let typed = HttpResponse::new("text/plain\r\nX: y", "");
        assert!(matches!(typed.check(1), Err(Fault::Header { .. })));
    }
}
