//! What is found at each path, for browsers and other clients of HTTP.

use super::origin::{self, Origin};
use super::page::{self, Asset};
use super::path::Path;
use super::watch::{self, FLV, PICTURES};
use super::{figures, metrics, operators};
use crate::handler::PeerAddress;
use crate::protocol::http::{Head, Method, Status, response};
use crate::protocol::web_session::{ImageType, Opening};
use crate::protocol::websocket::upgrade;
use crate::server::report;
use crate::server::state::ServerState;

/// What a request gets.
pub(super) enum Answer {
    /// A whole response.
    Response(Vec<u8>),
    /// A connection of its own.
    Session(Box<Opening>),
}

/// What the pages may load: their own files, and nothing of other sites.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The fields of every response with a body of ours.
const NOSNIFF: (&str, &str) = ("X-Content-Type-Options", "nosniff");

const JSON: &str = "application/json";

/// What a client is told that may not read the figures of the server.
const NOT_FOR_THIS_CLIENT: &str = "the figures of this server are not for this client";

/// What the script of a page is told that may not use this server.
const FOREIGN: &str = "pages of other sites may not read this";

/// The field that says which pages may show a picture without reading it.
const RESOURCE_POLICY: &str = "Cross-Origin-Resource-Policy";

/// A request, and who sent it.
pub(super) struct Asked<'a> {
    pub(super) state: &'a ServerState,
    pub(super) peer: PeerAddress,
    pub(super) head: &'a Head,
    pub(super) is_secure: bool,
}

/// Answers a request. Does not block.
pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    let head = asked.head;
    match head.method() {
        Method::Get | Method::Head => get(asked),
        Method::Options => Answer::Response(asked.options()),
        Method::Post | Method::Other => asked.text(
            Status::MethodNotAllowed,
            "this path takes GET and HEAD",
            &[("Allow", "GET, HEAD, OPTIONS")],
        ),
    }
}

fn get(asked: &Asked<'_>) -> Answer {
    let head = asked.head;
    let Some(path) = Path::parse(head) else { return asked.not_found() };
    match upgrade(head) {
        Ok(None) => {}
        Ok(Some(accept)) => return websocket(asked, &path, accept),
        Err(error) => return asked.text(error.status(), &error.to_string(), error.fields()),
    }
    if let Some(stream) = path.stream_with_query(head, FLV) {
        return flv(asked, &path, stream);
    }
    for (ending, image_type) in PICTURES {
        if let Some(stream) = path.stream_with_query(head, ending) {
            return picture(asked, &path, stream, image_type);
        }
    }
    match head.path() {
        "/streams" => return asked.streams(),
        "/metrics" => return asked.for_operators(metrics::CONTENT_TYPE, metrics_text),
        "/statistics" => return asked.for_operators(JSON, statistics_text),
        _ if !asked.state.config.web.has_pages => return asked.not_found(),
        page::STATUS if !asked.is_by_operator() => return asked.forbidden(NOT_FOR_THIS_CLIENT),
        _ => {}
    }
    let is_stream = path.app != "_" && !path.stream.is_empty() && !path.stream.contains('.');
    let wanted = if is_stream { page::PLAYER } else { head.path() };
    match page::ASSETS.iter().find(|asset| asset.path == wanted) {
        Some(asset) => asked.asset(asset),
        None => asked.not_found(),
    }
}

fn metrics_text(state: &ServerState) -> String {
    metrics::text(&state.figures(), report::process_use(), &report::connections(state))
}

fn statistics_text(state: &ServerState) -> String {
    figures::statistics(state.figures(), report::process_use(), &report::connections(state))
}

fn flv(asked: &Asked<'_>, path: &Path, stream: String) -> Answer {
    let origin = Origin::of(asked.head, &asked.state.config.web.origins);
    if origin == Origin::Foreign {
        return asked.forbidden(FOREIGN);
    }
    if asked.head.method() == Method::Head {
        let fields = [("Content-Type", "video/x-flv"), ("Cache-Control", "no-store"), NOSNIFF];
        return Answer::Response(response::open_head(Status::Ok, &fields).into_bytes());
    }
    let opening = watch::flv(asked.head, path, stream, asked.is_secure);
    Answer::Session(Box::new(watch::for_origin(opening, origin)))
}

fn picture(asked: &Asked<'_>, path: &Path, stream: String, image_type: ImageType) -> Answer {
    let origins = &asked.state.config.web.origins;
    let origin = Origin::of(asked.head, origins);
    if origin == Origin::Foreign {
        return asked.forbidden(FOREIGN);
    }
    let opening = watch::picture(asked.head, path, stream, image_type, asked.is_secure);
    let mut opening = watch::for_origin(opening, origin);
    opening.fields.push((RESOURCE_POLICY, origin::resource_policy(origins).to_owned()));
    Answer::Session(Box::new(opening))
}

fn websocket(asked: &Asked<'_>, path: &Path, accept: String) -> Answer {
    let head = asked.head;
    if Origin::of(head, &asked.state.config.web.origins) == Origin::Foreign {
        return asked
            .forbidden("pages of other sites may not connect; see `WebConfig::allow_origin`");
    }
    let stream = path.stream_with_query(head, FLV);
    if stream.is_none() && (path.app.is_empty() || !path.stream.is_empty()) {
        return asked.not_found();
    }
    let opening = watch::websocket(head, path, stream, accept, asked.is_secure);
    Answer::Session(Box::new(opening))
}

impl Asked<'_> {
    pub(super) fn is_by_operator(&self) -> bool {
        operators::may_read(self.state.config.web.operators, self.peer, self.head)
    }

    /// Returns what `text` writes, if the client may read the figures of the server.
    fn for_operators(&self, content_type: &str, text: fn(&ServerState) -> String) -> Answer {
        if !self.is_by_operator() {
            return self.forbidden(NOT_FOR_THIS_CLIENT);
        }
        let fields = [("Cache-Control", "no-store"), NOSNIFF];
        self.body(Status::Ok, content_type, &fields, text(self.state).as_bytes())
    }

    fn streams(&self) -> Answer {
        let listed = self.state.stream_list.all();
        let connections = report::connections(self.state);
        let text = figures::streams(&listed, &connections, self.is_by_operator());
        let fields = [("Cache-Control", "no-store"), NOSNIFF];
        self.body(Status::Ok, JSON, &fields, text.as_bytes())
    }

    pub(super) fn not_found(&self) -> Answer {
        self.text(Status::NotFound, "there is nothing at this path", &[])
    }

    pub(super) fn forbidden(&self, line: &str) -> Answer {
        self.text(Status::Forbidden, line, &[])
    }

    fn text(&self, status: Status, line: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [fields, &[NOSNIFF]].concat();
        self.body(status, "text/plain", &fields, format!("{line}\n").as_bytes())
    }

    fn asset(&self, asset: &Asset) -> Answer {
        let fields = [
            ("Cache-Control", "no-cache"),
            ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            NOSNIFF,
        ];
        self.body(Status::Ok, asset.content_type, &fields, asset.body)
    }

    /// Returns a response. A HEAD gets the head alone.
    pub(super) fn body(
        &self,
        status: Status,
        content_type: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let is_last = self.head.is_last();
        let head = response::head(status, content_type, body.len(), fields, is_last);
        let mut response = head.into_bytes();
        if self.head.method() != Method::Head {
            response.extend_from_slice(body);
        }
        Answer::Response(response)
    }

    /// Returns what a browser asks before a page of another site may send a request.
    fn options(&self) -> Vec<u8> {
        let origin = Origin::of(self.head, &self.state.config.web.origins);
        let allowed = origin.response_fields();
        let mut fields = vec![("Allow", "GET, HEAD, OPTIONS")];
        fields.extend(allowed.iter().map(|(name, value)| (*name, value.as_str())));
        if origin != Origin::Foreign {
            fields.push(("Access-Control-Allow-Methods", "GET, OPTIONS"));
            fields.push(("Access-Control-Allow-Headers", "range"));
        }
        if self.head.is_last() {
            fields.push(("Connection", "close"));
        }
        response::open_head(Status::NoContent, &fields).into_bytes()
    }
}
