//! A request's head.

use super::{Command, Refusal};

/// How many lines a head may have; ffmpeg's has 9, librtmp's 7, and a proxy adds some.
const LINES: usize = 64;

/// What a head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) command: Command,
    /// How many bytes follow.
    pub(super) body_bytes: usize,
    /// The client wants no more answers on this connection than this one.
    pub(super) is_last: bool,
}

impl Head {
    /// Reads a whole head, its empty line included.
    pub(super) fn parse(bytes: &[u8], body_limit: usize) -> Result<Self, Refusal> {
        let mut lines = [httparse::EMPTY_HEADER; LINES];
        let mut request = httparse::Request::new(&mut lines);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
            Ok(_) => return Err(Refusal::Malformed),
            Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HeadTooLong),
            Err(httparse::Error::Version) => return Err(Refusal::VersionNotSupported),
            Err(_) => return Err(Refusal::Malformed),
        }
        let (Some(method), Some(target), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(Refusal::Malformed);
        };
        let command = Command::parse(method, target)?;
        let fields = Fields::of(request.headers)?;
        if fields.expects {
            return Err(Refusal::ExpectationFailed);
        }
        let body_bytes = fields.content_length.ok_or(Refusal::LengthRequired)?;
        if body_bytes > body_limit {
            return Err(Refusal::BodyTooLong);
        }
        let is_last = fields.closes || (minor == 0 && !fields.keeps_alive);
        Ok(Self { command, body_bytes, is_last })
    }
}

/// The header fields that matter.
#[derive(Debug, Default)]
struct Fields {
    content_length: Option<usize>,
    is_coded: bool,
    expects: bool,
    closes: bool,
    keeps_alive: bool,
}

impl Fields {
    fn of(headers: &[httparse::Header<'_>]) -> Result<Self, Refusal> {
        let mut fields = Self::default();
        for header in headers {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            if is("content-length") {
                let length = length(header.value)?;
                // Two lengths are two ways to tell where the next request begins: a way in.
                if fields.content_length.replace(length).is_some() {
                    return Err(Refusal::Malformed);
                }
            } else if is("transfer-encoding") {
                fields.is_coded = true;
            } else if is("expect") {
                fields.expects = true;
            } else if is("connection") {
                for token in header.value.split(|&byte| byte == b',') {
                    let token = token.trim_ascii();
                    fields.closes |= token.eq_ignore_ascii_case(b"close");
                    fields.keeps_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
        }
        if fields.is_coded && fields.content_length.is_some() {
            return Err(Refusal::Malformed);
        }
        Ok(fields)
    }
}

/// A Content-Length: digits, and nothing else.
fn length(value: &[u8]) -> Result<usize, Refusal> {
    let value = value.trim_ascii();
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(Refusal::Malformed);
    }
    // What does not fit is certainly too long.
    let text = std::str::from_utf8(value).map_err(|_| Refusal::Malformed)?;
    text.parse().map_err(|_| Refusal::BodyTooLong)
}
