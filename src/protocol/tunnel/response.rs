//! What is written back, byte by byte.
//!
//! librtmp wants the words `HTTP/1.1 200 ` and `Content-Length:` exactly so, and drops the last byte
//! of a tunnel's name, which is why a line ends there.

use super::{Answer, Refusal, TunnelId};

/// What all answers within a tunnel are.
const CONTENT_TYPE: &str = "application/x-fcs";

/// Whether the connection is kept after an answer.
const fn connection(is_last: bool) -> &'static str {
    if is_last { "close" } else { "Keep-Alive" }
}

/// The head of an answer of a tunnel, and the first byte of its body; its parts follow as they are.
#[must_use]
pub fn answer_head(answer: &Answer, is_last: bool) -> Vec<u8> {
    let mut head = ok(answer.bytes(), is_last);
    head.push(answer.interval);
    head
}

/// The answer to an open.
#[must_use]
pub fn opened(id: TunnelId, is_last: bool) -> Vec<u8> {
    let body = format!("{id}\n");
    let mut response = ok(body.len(), is_last);
    response.extend_from_slice(body.as_bytes());
    response
}

/// The answer to whatever is refused: a status, and a line of text.
#[must_use]
pub fn refused(refusal: Refusal, is_last: bool) -> Vec<u8> {
    let body = format!("{refusal}\n");
    let allow = match refusal {
        Refusal::MethodNotAllowed => "Allow: POST\r\n",
        _ => "",
    };
    format!(
        "HTTP/1.1 {} {}\r\n{allow}Content-Type: text/plain\r\nContent-Length: {}\r\n\
         Connection: {}\r\n\r\n{body}",
        refusal.status(),
        refusal.reason(),
        body.len(),
        connection(is_last),
    )
    .into_bytes()
}

fn ok(length: usize, is_last: bool) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-cache\r\nConnection: {}\r\n\r\n",
        connection(is_last)
    )
    .into_bytes()
}
