//! The path of a request, divided into application and stream.

use crate::protocol::http::Head;

/// What the path of a request names, with escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The first part.
    pub(super) app: String,
    /// The rest. Empty if there is none.
    pub(super) stream: String,
}

impl Path {
    /// Divides the path of a request. Returns `None` if it is not of a kind that can name
    /// something.
    pub(super) fn parse(head: &Head) -> Option<Self> {
        let path = head.path().strip_prefix('/')?;
        let (app, stream) = path.split_once('/').unwrap_or((path, ""));
        Some(Self { app: unescaped(app)?, stream: unescaped(stream)? })
    }

    /// Returns the name of the stream without its ending, with the query of the request.
    pub(super) fn stream_with_query(&self, head: &Head, ending: &str) -> Option<String> {
        let name = self.stream.strip_suffix(ending).filter(|name| !name.is_empty())?;
        Some(match head.query() {
            Some(query) => format!("{name}?{query}"),
            None => name.to_owned(),
        })
    }
}

/// Resolves the escapes of a part. Returns `None` if it has a broken one, or stands for control
/// characters.
fn unescaped(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::{Path, unescaped};
    use crate::protocol::http::{Limits, RequestReader};

    fn head(target: &str) -> crate::protocol::http::Head {
        let text = format!("GET {target} HTTP/1.1\r\n\r\n");
        let mut input = text.as_bytes();
        RequestReader::new(Limits::default()).read(&mut input).unwrap().expect("whole").head
    }

    #[test]
    fn a_path_is_divided_at_its_second_slash() {
        for (target, app, stream) in [
            ("/", "", ""),
            ("/live", "live", ""),
            ("/live/", "live", ""),
            ("/live/a/b%20c.flv?t=1", "live", "a/b c.flv"),
            ("/l%2Fx/%C3%BC", "l/x", "ü"),
        ] {
            let expected = Path { app: app.to_owned(), stream: stream.to_owned() };
            assert_eq!(Path::parse(&head(target)), Some(expected), "{target}");
        }
    }

    #[test]
    fn broken_escapes_name_nothing() {
        for part in ["%", "%2", "%zz", "%+1", "%ff", "%00", "a%0d%0ab"] {
            assert_eq!(unescaped(part), None, "{part}");
        }
    }

    #[test]
    fn the_query_goes_with_the_stream_as_it_is() {
        let head = head("/live/a.flv?token=%20x&y");
        let path = Path::parse(&head).expect("a path");
        assert_eq!(path.stream_with_query(&head, ".flv").as_deref(), Some("a?token=%20x&y"));
        assert_eq!(path.stream_with_query(&head, ".png"), None);
    }
}
