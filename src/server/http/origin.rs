//! Which sites may use this server in their visitors' browsers.
//!
//! Any page may connect to any server that its visitor reaches, also to one on the visitor's own
//! machine. The browser says which page it is: in the field `Origin`.

use crate::protocol::http::Head;

/// What the origin of a request means for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    /// There is none: the client is no browser, or the page is of this server and only reads.
    None,
    /// A page of this server, or of a site that the settings allow.
    Allowed(&'a str),
    /// Any other page.
    Foreign,
}

impl<'a> Origin<'a> {
    /// Reads the origin of a request. `allowed` are the origins of the settings.
    pub(super) fn of(head: &'a Head, allowed: &[String]) -> Self {
        if head.field("Origin").is_none() {
            return Self::None;
        }
        let Some(origin) = head.text_field("Origin") else { return Self::Foreign };
        let is_listed =
            allowed.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin));
        if is_listed || is_own(origin, head.text_field("Host")) {
            Self::Allowed(origin)
        } else {
            Self::Foreign
        }
    }

    /// Returns the fields of a response that let the scripts of the page read it.
    pub(super) fn response_fields(self) -> Vec<(&'static str, String)> {
        match self {
            // A page without an origin reads without scripts. A cache may have the answer.
            Self::None => vec![("Access-Control-Allow-Origin", "*".to_owned())],
            Self::Allowed(origin) => vec![
                ("Access-Control-Allow-Origin", origin.to_owned()),
                ("Vary", "Origin".to_owned()),
            ],
            Self::Foreign => Vec::new(),
        }
    }
}

/// The field that says which pages may show what they cannot read.
pub(super) const RESOURCE_POLICY: &str = "Cross-Origin-Resource-Policy";

/// The value for pages of this server.
pub(super) const SAME_ORIGIN: &str = "same-origin";

/// Returns which pages may show what this server answers, as browsers ask without an origin:
/// pages of this server, or all if the settings allow every site.
pub(super) fn resource_policy(allowed: &[String]) -> &'static str {
    if allowed.iter().any(|allowed| allowed == "*") { "cross-origin" } else { SAME_ORIGIN }
}

/// Returns whether an origin is that of this server. The scheme is not compared: a proxy in front
/// may have ended TLS.
fn is_own(origin: &str, host: Option<&str>) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_web && host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use crate::protocol::http::{Head, Limits, RequestReader};

    fn head(fields: &str) -> Head {
        let text = format!("GET / HTTP/1.1\r\n{fields}\r\n");
        let mut input = text.as_bytes();
        RequestReader::new(Limits::default()).read(&mut input).unwrap().expect("whole").head
    }

    #[test]
    fn own_pages_and_listed_sites_are_allowed() {
        let listed = ["https://lab.example".to_owned()];
        for (fields, allowed) in [
            ("Host: h:1935\r\n", None),
            ("Host: h:1935\r\nOrigin: http://h:1935\r\n", Some(true)),
            ("Host: H\r\nOrigin: https://h\r\n", Some(true)),
            ("Host: h\r\nOrigin: https://LAB.example\r\n", Some(true)),
            ("Host: h\r\nOrigin: https://lab.example.evil\r\n", Some(false)),
            ("Host: h:1935\r\nOrigin: http://h\r\n", Some(false)),
            ("Host: h\r\nOrigin: ftp://h\r\n", Some(false)),
            ("Host: h\r\nOrigin: null\r\n", Some(false)),
            ("Host: h\r\nOrigin: http://h\r\nOrigin: http://h\r\n", Some(false)),
            ("Origin: http://h\r\n", Some(false)),
        ] {
            let head = head(fields);
            let is_allowed = match Origin::of(&head, &listed) {
                Origin::None => None,
                Origin::Allowed(_) => Some(true),
                Origin::Foreign => Some(false),
            };
            assert_eq!(is_allowed, allowed, "{fields}");
        }
        let foreign = head("Host: h\r\nOrigin: null\r\n");
        assert_eq!(Origin::of(&foreign, &["*".to_owned()]), Origin::Allowed("null"));
    }
}
