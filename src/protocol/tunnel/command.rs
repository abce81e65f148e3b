//! What a request asks for, by its method and path.

use std::fmt;

use super::Refusal;
use crate::protocol::http::Method;

/// The name of a tunnel: 128 bits that cannot be guessed, so only its client knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TunnelId([u8; Self::BYTES]);

/// What a request asks for. The numbers are those of the requests of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Asks which server this is. Flash Player does so before it opens a tunnel, and goes on if the
    /// answer is 404.
    Ident,
    /// Opens a tunnel.
    Open,
    /// Brings bytes, and fetches what there is.
    Send(TunnelId, u32),
    /// Fetches what there is.
    Idle(TunnelId, u32),
    /// Ends a tunnel.
    Close(TunnelId, u32),
}

impl TunnelId {
    /// How many random bytes make a name.
    pub const BYTES: usize = 16;

    /// Makes a name of `random`, which must come from a source that cannot be guessed.
    #[must_use]
    pub const fn new(random: [u8; Self::BYTES]) -> Self {
        Self(random)
    }

    fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != Self::BYTES.saturating_mul(2) || !text.bytes().all(is_digit) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

/// Writes the name as it is in paths: 32 lower-case hexadecimal digits. (ffmpeg takes 63 characters
/// at most.)
impl fmt::Display for TunnelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Leaves the name out: a reader of a log could use it.
impl fmt::Debug for TunnelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TunnelId(..)")
    }
}

impl Command {
    /// Returns what a request asks for, or `None` if its path is none of RTMPT.
    ///
    /// # Errors
    /// [`Refusal`] if the path is one of RTMPT, but the request cannot be served.
    pub fn parse(method: Method, path: &str) -> Result<Option<Self>, Refusal> {
        let Some(command) = Self::of_path(path)? else { return Ok(None) };
        if method == Method::Post { Ok(Some(command)) } else { Err(Refusal::NotPost) }
    }

    fn of_path(path: &str) -> Result<Option<Self>, Refusal> {
        let Some(path) = path.strip_prefix('/') else { return Ok(None) };
        let mut words = path.split('/');
        let words = [words.next(), words.next(), words.next(), words.next()];
        let with_number: fn(TunnelId, u32) -> Self = match words {
            [Some("fcs"), Some("ident2"), None, None] => return Ok(Some(Self::Ident)),
            [Some("open"), _, None, None] => return Ok(Some(Self::Open)),
            [Some("send"), Some(_), Some(_), None] => Self::Send,
            [Some("idle"), Some(_), Some(_), None] => Self::Idle,
            [Some("close"), Some(_), Some(_), None] => Self::Close,
            _ => return Ok(None),
        };
        let [_, Some(id), Some(number), _] = words else { return Ok(None) };
        let id = TunnelId::parse(id).ok_or(Refusal::NoSuchTunnel)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|_| is_number).ok_or(Refusal::BadNumber)?;
        Ok(Some(with_number(id, number)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, Method, Refusal, TunnelId};

    const ID: TunnelId = TunnelId::new(*b"\x00\x01\xfe\xff4567890abcde");

    #[test]
    fn a_path_says_what_is_asked_for() {
        let id = ID.to_string();
        assert_eq!(id, "0001feff343536373839306162636465");
        for (path, command) in [
            ("/fcs/ident2".to_owned(), Ok(Some(Command::Ident))),
            ("/open/1".to_owned(), Ok(Some(Command::Open))),
            ("/open".to_owned(), Ok(Some(Command::Open))),
            (format!("/send/{id}/0"), Ok(Some(Command::Send(ID, 0)))),
            (format!("/idle/{id}/4294967295"), Ok(Some(Command::Idle(ID, u32::MAX)))),
            (format!("/close/{id}/17"), Ok(Some(Command::Close(ID, 17)))),
            (format!("/idle/{id}/4294967296"), Err(Refusal::BadNumber)),
            (format!("/idle/{id}/-1"), Err(Refusal::BadNumber)),
            (format!("/idle/{id}/+1"), Err(Refusal::BadNumber)),
            (format!("/idle/{id}/"), Err(Refusal::BadNumber)),
            (format!("/idle/{}/1", id.to_uppercase()), Err(Refusal::NoSuchTunnel)),
            (format!("/idle/+{}/1", &id[1..]), Err(Refusal::NoSuchTunnel)),
            (format!("/idle/{id}0/1"), Err(Refusal::NoSuchTunnel)),
            ("/idle//1".to_owned(), Err(Refusal::NoSuchTunnel)),
            (format!("/idle/{id}"), Ok(None)),
            (format!("/idle/{id}/1/2"), Ok(None)),
            ("/".to_owned(), Ok(None)),
            ("*".to_owned(), Ok(None)),
            (String::new(), Ok(None)),
            ("/live/film.flv".to_owned(), Ok(None)),
        ] {
            assert_eq!(Command::parse(Method::Post, &path), command, "{path}");
        }
    }

    #[test]
    fn the_paths_of_rtmpt_take_post_only() {
        assert_eq!(Command::parse(Method::Get, "/open/1"), Err(Refusal::NotPost));
        assert_eq!(Command::parse(Method::Other, "/fcs/ident2"), Err(Refusal::NotPost));
        assert_eq!(Command::parse(Method::Get, "/"), Ok(None));
    }

    #[test]
    fn a_log_does_not_give_the_name_away() {
        assert!(!format!("{ID:?}").contains("feff"));
    }
}
