//! The host and the port of a URL.

use std::fmt;

use super::UrlError;

/// A host, and a port if the text names one. An IPv6 address stands here without its brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
    pub(crate) fn parse(text: &'a str) -> Result<Self, UrlError> {
        // Never repeated in an error: it may hold a password.
        if text.contains('@') {
            return Err(UrlError::Credentials);
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(bracketed) => split_bracketed(bracketed)?,
            None => split_plain(text)?,
        };
        if host.is_empty() {
            return Err(UrlError::NoHost);
        }
        let port = port.map(parse_port).transpose()?;
        Ok(Self { host, port })
    }
}

/// Divides what follows an opening bracket.
fn split_bracketed(text: &str) -> Result<(&str, Option<&str>), UrlError> {
    let (host, rest) = text.split_once(']').ok_or(UrlError::Brackets)?;
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(UrlError::Brackets),
    }
}

fn split_plain(text: &str) -> Result<(&str, Option<&str>), UrlError> {
    let (host, port) = match text.split_once(':') {
        Some((_, port)) if port.contains(':') => return Err(UrlError::Brackets),
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    // Resolvers take a number for an IPv4 address, but its author meant a port.
    if !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UrlError::NumberAsHost(host.to_owned()));
    }
    Ok((host, port))
}

fn parse_port(text: &str) -> Result<u16, UrlError> {
    // `parse` alone lets a sign through.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text);
    let port = digits.and_then(|digits| digits.parse().ok());
    port.ok_or_else(|| UrlError::Port(text.to_owned()))
}

/// Writes what [`Authority::parse`] reads.
impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(self.host)?;
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, UrlError};

    #[test]
    fn hosts_and_ports_are_read_and_written() {
        for (text, host, port) in [
            ("h", "h", None),
            ("h:0", "h", Some(0)),
            ("127.0.0.1:65535", "127.0.0.1", Some(65535)),
            ("1.example:7", "1.example", Some(7)),
            ("[::1]", "::1", None),
            ("[fe80::1%eth0]:80", "fe80::1%eth0", Some(80)),
        ] {
            let authority = Authority::parse(text).expect(text);
            assert_eq!(authority, Authority { host, port }, "{text}");
            assert_eq!(authority.to_string(), text);
        }
    }

    #[test]
    fn the_fault_of_a_text_is_named() {
        let port = |text: &str| UrlError::Port(text.to_owned());
        for (text, error) in [
            ("", UrlError::NoHost),
            (":1935", UrlError::NoHost),
            ("[]:1935", UrlError::NoHost),
            ("1935", UrlError::NumberAsHost("1935".to_owned())),
            ("1935:1", UrlError::NumberAsHost("1935".to_owned())),
            ("::1", UrlError::Brackets),
            ("::1:1935", UrlError::Brackets),
            ("[::1", UrlError::Brackets),
            ("[::1]1935", UrlError::Brackets),
            ("h:", port("")),
            ("h:x", port("x")),
            ("h:+1", port("+1")),
            ("h:65536", port("65536")),
            ("[::1]:-1", port("-1")),
            ("user:secret@h", UrlError::Credentials),
        ] {
            assert_eq!(Authority::parse(text), Err(error), "{text}");
        }
    }
}
