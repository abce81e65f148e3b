//! What is found at each path, for browsers and other clients of HTTP.

use super::application::{self, CHALLENGE};
use super::asked::{Answer, Asked, CONTENT_SECURITY_POLICY, FOREIGN, NOSNIFF};
use super::http_handlers::OperatorAccess;
use super::origin::{self, Origin, RESOURCE_POLICY, SAME_ORIGIN};
use super::page::{self, Asset};
use super::path::Path;
use super::watch::{self, FLV, PICTURES, Picture};
use super::{figures, metrics};
use crate::protocol::http::{Method, Status, response};
use crate::protocol::websocket::upgrade;
use crate::server::report;
use crate::server::state::ServerState;

const JSON: &str = "application/json";

/// What a client is told that may not read the figures of the server.
const NOT_FOR_THIS_CLIENT: &str = "the figures of this server are not for this client";

/// The methods of the server's own paths.
const READING: &str = "GET, HEAD, OPTIONS";

/// The methods of the application's paths.
const ALL_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Answers a request. Blocks as long as a handler of the application does.
pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    match asked.head.method() {
        Method::Get | Method::Head => get(asked),
        Method::Options => asked.options(),
        _ => asked.by_application().unwrap_or_else(|| {
            let allowed = [("Allow", READING)];
            asked.text(Status::MethodNotAllowed, "this path takes GET and HEAD", &allowed)
        }),
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
        return asked.bad_name(&stream).unwrap_or_else(|| flv(asked, &path, stream));
    }
    for kind in PICTURES {
        if let Some(stream) = path.stream_with_query(head, kind.ending) {
            let answer = || picture(asked, &path, stream.clone(), *kind);
            return asked.bad_name(&stream).unwrap_or_else(answer);
        }
    }
    match head.path() {
        "/streams" => return asked.streams(),
        "/metrics" => return asked.figures(metrics::CONTENT_TYPE, metrics_text),
        "/statistics" => return asked.figures(JSON, statistics_text),
        _ => {}
    }
    let has_pages = asked.state.config.web.has_pages;
    if has_pages && let Some(asset) = page::ASSETS.iter().find(|asset| asset.path == head.path()) {
        return if asset.path == page::STATUS {
            asked.for_operators(|asked| asked.asset(asset))
        } else {
            asked.asset(asset)
        };
    }
    if let Some(answer) = asked.by_application() {
        return answer;
    }
    let is_stream = path.app != "_" && !path.stream.is_empty() && !path.stream.contains('.');
    let player = page::ASSETS.iter().find(|asset| asset.path == page::PLAYER);
    match player.filter(|_| has_pages && is_stream) {
        Some(player) => asked.asset(player),
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
        return Answer::Response(vec![response::open_head(Status::Ok, &fields).into()]);
    }
    let opening = watch::flv(asked.head, path, stream, asked.is_secure);
    Answer::Session(Box::new(watch::for_origin(opening, origin)))
}

fn picture(asked: &Asked<'_>, path: &Path, stream: String, kind: Picture) -> Answer {
    let origins = &asked.state.config.web.origins;
    let origin = Origin::of(asked.head, origins);
    if origin == Origin::Foreign {
        return asked.forbidden(FOREIGN);
    }
    let opening = watch::picture(asked.head, path, stream, kind, asked.is_secure);
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
    if let Some(refusal) = stream.as_deref().and_then(|stream| asked.bad_name(stream)) {
        return refusal;
    }
    let opening = watch::websocket(head, path, stream, accept, asked.is_secure);
    Answer::Session(Box::new(opening))
}

impl Asked<'_> {
    /// Refuses a request whose stream has a name that is too long.
    fn bad_name(&self, stream: &str) -> Option<Answer> {
        let fault = self.state.session_config.fault_of_name(stream)?;
        Some(self.text(Status::UriTooLong, &fault, &[]))
    }

    /// Returns what a handler of the application answers, if there is one for the path.
    fn by_application(&self) -> Option<Answer> {
        let path = self.decoded_path()?;
        let handler = self.state.http_handlers.find(&path)?;
        Some(application::answer(self, &path, &handler))
    }

    /// Returns what `answer` does, if the client may see the figures of the server.
    fn for_operators(&self, answer: impl FnOnce(&Self) -> Answer) -> Answer {
        match application::operator_access(self) {
            OperatorAccess::Granted => answer(self),
            OperatorAccess::Refused => self.forbidden(NOT_FOR_THIS_CLIENT),
            OperatorAccess::NeedsPassword => {
                self.text(Status::Unauthorized, NOT_FOR_THIS_CLIENT, &[CHALLENGE])
            }
        }
    }

    /// Returns what `text` writes, if the client may see the figures of the server.
    fn figures(&self, content_type: &str, text: fn(&ServerState) -> String) -> Answer {
        let fields = [("Cache-Control", "no-store"), NOSNIFF];
        self.for_operators(|this| this.body(Status::Ok, content_type, &fields, text(this.state)))
    }

    fn streams(&self) -> Answer {
        let listed = self.state.stream_list.all();
        let connections = report::connections(self.state);
        let is_operator = application::operator_access(self) == OperatorAccess::Granted;
        let text = figures::streams(&listed, &connections, is_operator);
        let fields = [("Cache-Control", "no-store"), NOSNIFF];
        self.body(Status::Ok, JSON, &fields, text)
    }

    fn asset(&self, asset: &Asset) -> Answer {
        let mut fields = vec![
            ("Cache-Control", "no-cache"),
            ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
            ("Referrer-Policy", "no-referrer"),
            (RESOURCE_POLICY, SAME_ORIGIN),
            NOSNIFF,
        ];
        fields.extend(self.opener_policy());
        self.body(Status::Ok, asset.content_type, &fields, asset.body)
    }

    /// Returns what a browser asks before a page of another site may send a request.
    fn options(&self) -> Answer {
        let origin = Origin::of(self.head, &self.state.config.web.origins);
        let allowed = origin.response_fields();
        let is_application =
            self.decoded_path().is_some_and(|path| self.state.http_handlers.find(&path).is_some());
        let mut fields = vec![("Allow", if is_application { ALL_METHODS } else { READING })];
        fields.extend(allowed.iter().map(|(name, value)| (*name, value.as_str())));
        if origin != Origin::Foreign {
            let (methods, headers) = if is_application {
                (ALL_METHODS, "authorization, content-type, range")
            } else {
                ("GET, OPTIONS", "range")
            };
            fields.push(("Access-Control-Allow-Methods", methods));
            fields.push(("Access-Control-Allow-Headers", headers));
        }
        self.bare(Status::NoContent, fields)
    }
}
