//! Asks the handlers of an application, and makes responses of what they return.

use super::asked::{Answer, Asked, CONTENT_SECURITY_POLICY, FOREIGN, NOSNIFF};
use super::http_handlers::{HttpHandler, OperatorAccess};
use super::http_request::HttpRequest;
use super::http_response::HttpResponse;
use super::operators;
use super::origin::{Origin, RESOURCE_POLICY, SAME_ORIGIN};
use crate::handler::{Failure, Refusal, guard};
use crate::peer_log::peer_log;
use crate::protocol::http::Status;

/// What a client is told of a handler that failed. The log has the reason.
const FAILED: &str = "the application failed";

/// The field of a response that makes browsers ask for a name and a password.
pub(super) const CHALLENGE: (&str, &str) =
    ("WWW-Authenticate", "Basic realm=\"figures\", charset=\"UTF-8\"");

/// Answers a request with what a handler returns. Blocks as long as the handler does.
pub(super) fn answer(asked: &Asked<'_>, path: &str, handler: &HttpHandler) -> Answer {
    let config = &asked.state.config.web;
    let origin = Origin::of(asked.head, &config.origins);
    if origin == Origin::Foreign {
        return asked.forbidden(FOREIGN);
    }
    let request = request(asked, path);
    let response = match guard(&asked.peer, "HTTP handler", || handler(&request)) {
        Ok(response) => response,
        Err(failure) => return failed(asked, &failure),
    };
    if let Err(fault) = response.check(config.response_bytes) {
        peer_log!(Error, asked.peer, "HTTP handler of {path:?}: {fault}");
        return asked.text(Status::InternalServerError, FAILED, &[]);
    }
    let HttpResponse { status, content_type, body, .. } = &response;
    let mut fields = default_fields(&response);
    fields.extend(response.headers.iter().map(|(name, value)| (&**name, &**value)));
    let allowed = if origin == Origin::None { Vec::new() } else { origin.response_fields() };
    fields.extend(allowed.iter().map(|(name, value)| (*name, &**value)));
    match Status::from_code(*status) {
        status @ (Status::NoContent | Status::NotModified) => asked.bare(status, fields),
        status => asked.body(status, content_type, &fields, body.clone()),
    }
}

/// Returns whether a client may see the figures: as the handler of the application says, or the
/// settings if there is none.
pub(super) fn operator_access(asked: &Asked<'_>) -> OperatorAccess {
    let Some(handler) = asked.state.http_handlers.operators() else {
        let may = operators::may_read(asked.state.config.web.operators, asked.peer, asked.head);
        return if may { OperatorAccess::Granted } else { OperatorAccess::Refused };
    };
    let request = request(asked, asked.head.path());
    let outcome = guard(&asked.peer, "operator handler", || handler(&request));
    outcome.unwrap_or(OperatorAccess::Refused)
}

fn request<'a>(asked: &Asked<'a>, path: &'a str) -> HttpRequest<'a> {
    let Asked { peer, head, body, is_secure, .. } = *asked;
    HttpRequest { head, path, body, peer, is_secure }
}

fn failed(asked: &Asked<'_>, failure: &Failure) -> Answer {
    let refusal = match failure {
        Failure::Error(error) => error.downcast_ref::<Refusal>(),
        Failure::Panic(_) => None,
    };
    match refusal {
        Some(refusal) => asked.forbidden(&one_line(refusal.description())),
        None => asked.text(Status::InternalServerError, FAILED, &[]),
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// Returns the fields that a response gets unless it has them.
fn default_fields(response: &HttpResponse) -> Vec<(&'static str, &'static str)> {
    let mut fields = vec![NOSNIFF, ("Cache-Control", "no-store"), (RESOURCE_POLICY, SAME_ORIGIN)];
    if response.content_type.trim_start().to_ascii_lowercase().starts_with("text/html") {
        fields.push(("Content-Security-Policy", CONTENT_SECURITY_POLICY));
        fields.push(("Referrer-Policy", "no-referrer"));
        fields.push(("Cross-Origin-Opener-Policy", SAME_ORIGIN));
    }
    fields.retain(|(name, _)| !response.has(name));
    fields
}
