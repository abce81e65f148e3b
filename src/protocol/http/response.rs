//! The bytes of responses.

use super::Status;

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
    let (code, phrase) = (status.code(), status.phrase());
    let fields: String =
        fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let connection = if is_last { "close" } else { "Keep-Alive" };
    format!(
        "HTTP/1.1 {code} {phrase}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         {fields}Connection: {connection}\r\n\r\n"
    )
}

/// Writes the head of a response whose length is not known, or which has no body. `fields` are all
/// that it has.
#[must_use]
pub fn open_head(status: Status, fields: &[(&str, &str)]) -> String {
    let (code, phrase) = (status.code(), status.phrase());
    let fields: String =
        fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {code} {phrase}\r\n{fields}\r\n")
}

/// Writes a whole response that is one line of text.
#[must_use]
pub fn text(status: Status, line: &str, fields: &[(&str, &str)], is_last: bool) -> Vec<u8> {
    let length = line.len().saturating_add(1);
    let head = head(status, "text/plain", length, fields, is_last);
    format!("{head}{line}\n").into_bytes()
}
