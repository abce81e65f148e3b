//! The bytes of responses.

use super::Status;
use crate::protocol::buffers::HEAD_BYTES;

/// Writes the head of a response whose body has `length` bytes. `fields` come after those that
/// every response has; the connection is closed after it if `is_last`.
///
/// librtmp looks for the words `HTTP/1.1 200 ` and `Content-Length:` in exactly this case.
#[must_use]
pub fn head(
    status: Status,
    content_type: &str,
    length: usize,
    fields: &[(&str, &str)],
    is_last: bool,
) -> String {
    let mut head = begin(status);
    put(&mut head, "Content-Type", content_type);
    put(&mut head, "Content-Length", &length.to_string());
    fields.iter().for_each(|(name, value)| put(&mut head, name, value));
    put(&mut head, "Connection", if is_last { "close" } else { "Keep-Alive" });
    head + "\r\n"
}

/// Writes the head of a response whose length is not known, or which has no body. `fields` are all
/// that it has.
#[must_use]
pub fn open_head(status: Status, fields: &[(&str, &str)]) -> String {
    let mut head = begin(status);
    fields.iter().for_each(|(name, value)| put(&mut head, name, value));
    head + "\r\n"
}

fn begin(status: Status) -> String {
    let mut head = String::with_capacity(HEAD_BYTES);
    head.push_str("HTTP/1.1 ");
    head.push_str(&status.code().to_string());
    head.push(' ');
    head.push_str(status.phrase());
    head.push_str("\r\n");
    head
}

fn put(head: &mut String, name: &str, value: &str) {
    for part in [name, ": ", value, "\r\n"] {
        head.push_str(part);
    }
}

/// Writes a whole response that is one line of text.
#[must_use]
pub fn text(status: Status, line: &str, fields: &[(&str, &str)], is_last: bool) -> Vec<u8> {
    let length = line.len().saturating_add(1);
    let head = head(status, "text/plain", length, fields, is_last);
    format!("{head}{line}\n").into_bytes()
}
