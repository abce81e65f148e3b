//! A request, and the responses that it can get.

use bytes::Bytes;

use super::path::Path;
use crate::handler::PeerAddress;
use crate::protocol::http::{Head, Method, Status, response};
use crate::protocol::web_session::Opening;
use crate::server::state::ServerState;

/// What a request gets.
pub(super) enum Answer {
    /// A whole response, in parts.
    Response(Vec<Bytes>),
    /// A connection of its own.
    Session(Box<Opening>),
}

/// What the pages may load: their own files, and nothing of other sites.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; \
    worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The fields of every response with a body of ours.
pub(super) const NOSNIFF: (&str, &str) = ("X-Content-Type-Options", "nosniff");

/// What the script of a page is told that may not use this server.
pub(super) const FOREIGN: &str = "pages of other sites may not read this";

/// A request, and who sent it.
pub(super) struct Asked<'a> {
    pub(super) state: &'a ServerState,
    pub(super) peer: PeerAddress,
    pub(super) head: &'a Head,
    pub(super) body: &'a Bytes,
    pub(super) is_secure: bool,
}

impl Asked<'_> {
    /// Returns the path with its escapes resolved. Returns `None` if it names nothing.
    pub(super) fn decoded_path(&self) -> Option<String> {
        let Path { app, stream } = Path::parse(self.head)?;
        let is_one_part = !self.head.path().get(1..)?.contains('/');
        Some(if is_one_part { format!("/{app}") } else { format!("/{app}/{stream}") })
    }

    pub(super) fn not_found(&self) -> Answer {
        self.text(Status::NotFound, "there is nothing at this path", &[])
    }

    pub(super) fn forbidden(&self, line: &str) -> Answer {
        self.text(Status::Forbidden, line, &[])
    }

    pub(super) fn text(&self, status: Status, line: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [fields, &[NOSNIFF]].concat();
        self.body(status, "text/plain", &fields, format!("{line}\n"))
    }

    /// Returns a response. A HEAD gets the head alone.
    pub(super) fn body(
        &self,
        status: Status,
        content_type: &str,
        fields: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let (body, is_last) = (body.into(), self.head.is_last());
        let head = response::head(status, content_type, body.len(), fields, is_last);
        let mut parts = vec![Bytes::from(head)];
        if self.head.method() != Method::Head {
            parts.push(body);
        }
        Answer::Response(parts)
    }

    /// Returns a response of a status that has no body: 204 or 304.
    pub(super) fn bare(&self, status: Status, mut fields: Vec<(&str, &str)>) -> Answer {
        if self.head.is_last() {
            fields.push(("Connection", "close"));
        }
        Answer::Response(vec![response::open_head(status, &fields).into()])
    }
}
