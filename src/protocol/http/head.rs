//! The head of a request: method, target and fields.

use bytes::Bytes;

use super::Error;
use crate::protocol::buffers::brief_list;

/// How many fields a head may have. ffmpeg sends 9, librtmp 7, browsers about 20, and a proxy adds
/// some.
const MAX_FIELDS: usize = 64;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
    /// OPTIONS.
    Options,
    /// Any other method.
    Other,
}

/// The head of a request. Keeps the bytes that it was read from, and copies none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    method: Method,
    target: Bytes,
    fields: Vec<(Bytes, Bytes)>,
    body_bytes: usize,
    is_version_1_0: bool,
    is_last: bool,
}

impl Head {
    /// Reads a whole head, its empty line included.
    pub(super) fn parse(bytes: &Bytes, max_body_bytes: usize) -> Result<Self, Error> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
            Ok(_) => return Err(Error::Malformed),
            Err(httparse::Error::TooManyHeaders) => return Err(Error::HeadTooLong),
            Err(httparse::Error::Version) => return Err(Error::VersionNotSupported),
            Err(_) => return Err(Error::Malformed),
        }
        let (Some(method), Some(target), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(Error::Malformed);
        };
        let method = Method::parse(method);
        let framing = Framing::parse(request.headers)?;
        let part = |slice: &[u8]| bytes.slice_ref(slice);
        let mut fields = brief_list(request.headers.len());
        fields.extend(request.headers.iter().map(|it| (part(it.name.as_bytes()), part(it.value))));
        Ok(Self {
            method,
            target: part(target.as_bytes()),
            fields,
            body_bytes: framing.body_bytes(method, max_body_bytes)?,
            is_version_1_0: minor == 0,
            is_last: framing.closes || (minor == 0 && !framing.keeps_alive),
        })
    }

    /// Returns the method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// Returns the path of the target, without the scheme and host in front that proxies are sent,
    /// and without the query behind (RFC 9112 §3.2).
    #[must_use]
    pub fn path(&self) -> &str {
        let path = self.path_and_query();
        path.split_once('?').map_or(path, |(path, _)| path)
    }

    /// Returns the query of the target, or `None` if it has none.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.path_and_query().split_once('?').map(|(_, query)| query)
    }

    fn path_and_query(&self) -> &str {
        let target = std::str::from_utf8(&self.target).unwrap_or_default();
        match target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains('/') => {
                rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
            }
            _ => target,
        }
    }

    /// Returns whether the client speaks HTTP/1.0, which has neither chunks nor upgrades.
    #[must_use]
    pub const fn is_version_1_0(&self) -> bool {
        self.is_version_1_0
    }

    /// Returns the value of the first field of this name, in whichever case it is written.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        let is_it = |field: &&(Bytes, Bytes)| field.0.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().find(is_it).map(|(_, value)| &**value)
    }

    /// Returns the value of the only field of this name as text. Returns `None` if there is none,
    /// if there are several, or if it is no ASCII text.
    #[must_use]
    pub fn text_field(&self, name: &str) -> Option<&str> {
        let is_it = |field: &&(Bytes, Bytes)| field.0.eq_ignore_ascii_case(name.as_bytes());
        let mut found = self.fields.iter().filter(is_it);
        let value = found.next().filter(|_| found.next().is_none())?;
        std::str::from_utf8(&value.1).ok().filter(|text| text.is_ascii())
    }

    /// Returns the names and the values of all fields, in the order in which they were sent.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[u8])> {
        // A name has nothing but ASCII.
        let name = |name| std::str::from_utf8(name).unwrap_or_default();
        self.fields.iter().map(move |(field, value)| (name(field), &**value))
    }

    /// Returns whether a field of this name, a list between commas, has `token` in it.
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        let is_it = |field: &&(Bytes, Bytes)| field.0.eq_ignore_ascii_case(name.as_bytes());
        let mut tokens = self
            .fields
            .iter()
            .filter(is_it)
            .flat_map(|(_, value)| value.split(|&byte| byte == b','));
        tokens.any(|found| found.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Returns whether the connection is closed after the response: because the client wants it, or
    /// asks for another protocol.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.is_last
    }

    /// Returns how many bytes of body follow.
    #[must_use]
    pub const fn body_bytes(&self) -> usize {
        self.body_bytes
    }
}

impl Method {
    fn parse(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }
}

/// What the fields say of the body, and of the connection.
#[derive(Debug, Default)]
struct Framing {
    content_length: Option<usize>,
    has_transfer_encoding: bool,
    expects: bool,
    closes: bool,
    keeps_alive: bool,
}

impl Framing {
    fn parse(fields: &[httparse::Header<'_>]) -> Result<Self, Error> {
        let mut framing = Self::default();
        for field in fields {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name);
            if is("content-length") {
                let length = parse_length(field.value)?;
                // With two lengths, a proxy in front may find the next request elsewhere than we
                // do.
                if framing.content_length.replace(length).is_some() {
                    return Err(Error::Malformed);
                }
            } else if is("transfer-encoding") {
                framing.has_transfer_encoding = true;
            } else if is("expect") {
                framing.expects = true;
            } else if is("upgrade") {
                // A proxy may take every answer to an upgrade for a switch of protocols. It would
                // pass on what follows as if no client had asked for it.
                framing.closes = true;
            } else if is("connection") {
                for token in field.value.split(|&byte| byte == b',') {
                    let token = token.trim_ascii();
                    framing.closes |= token.eq_ignore_ascii_case(b"close");
                    framing.keeps_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
        }
        Ok(framing)
    }

    /// Returns the length of the body. Without a Content-Length a request has none, but a POST must
    /// say so.
    fn body_bytes(&self, method: Method, max: usize) -> Result<usize, Error> {
        match (self.content_length, self.has_transfer_encoding) {
            (Some(_), true) => Err(Error::Malformed),
            _ if self.expects => Err(Error::ExpectationFailed),
            (None, true) => Err(Error::LengthRequired),
            (None, false) if method == Method::Post => Err(Error::LengthRequired),
            (None, false) => Ok(0),
            (Some(length), false) if length > max => Err(Error::BodyTooLong),
            (Some(length), false) => Ok(length),
        }
    }
}

/// Parses a Content-Length: digits, and nothing else.
fn parse_length(value: &[u8]) -> Result<usize, Error> {
    let value = value.trim_ascii();
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(Error::Malformed);
    }
    let text = std::str::from_utf8(value).map_err(|_| Error::Malformed)?;
    // A number that does not fit is over every limit.
    text.parse().map_err(|_| Error::BodyTooLong)
}
