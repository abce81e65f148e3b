//! What a request asks for: its method and path.

use std::fmt;

use super::Refusal;

/// A tunnel's name: 128 bits that nobody can guess, so whoever knows it was told it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TunnelId([u8; Self::BYTES]);

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Which server is this? Flash Player asks before it opens, and goes on where nobody knows.
    Ident,
    /// A new tunnel, please.
    Open,
    /// Here are bytes, and what have you got?
    Send(TunnelId, u32),
    /// What have you got?
    Idle(TunnelId, u32),
    /// This was all.
    Close(TunnelId, u32),
}

impl TunnelId {
    /// How many random bytes make one.
    pub const BYTES: usize = 16;

    /// The name made of `random`, which must come from a source that nobody can guess.
    #[must_use]
    pub const fn new(random: [u8; Self::BYTES]) -> Self {
        Self(random)
    }

    fn parse(text: &str) -> Option<Self> {
        let is_ours = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != Self::BYTES.saturating_mul(2) || !text.bytes().all(is_ours) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

/// As it is in paths: 32 lower-case hexadecimal digits. (ffmpeg takes 63 characters at most.)
impl fmt::Display for TunnelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Whoever reads the name in a log could use it.
impl fmt::Debug for TunnelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TunnelId(..)")
    }
}

impl Command {
    /// Makes out what `method` on `target` is; the target may be a whole URL, as proxies are asked.
    pub(super) fn parse(method: &str, target: &str) -> Result<Self, Refusal> {
        let command = Self::of_path(path_of(target))?;
        if method == "POST" { Ok(command) } else { Err(Refusal::MethodNotAllowed) }
    }

    fn of_path(path: &str) -> Result<Self, Refusal> {
        let mut words = path.strip_prefix('/').ok_or(Refusal::NotFound)?.split('/');
        let words = [words.next(), words.next(), words.next(), words.next()];
        let of_tunnel = |id, number: &str| {
            let id = TunnelId::parse(id).ok_or(Refusal::NotFound)?;
            let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
            let number = number.parse().ok().filter(|_| is_number).ok_or(Refusal::Malformed)?;
            Ok((id, number))
        };
        match words {
            [Some("fcs"), Some("ident2"), None, None] => Ok(Self::Ident),
            [Some("open"), _, None, None] => Ok(Self::Open),
            [Some("send"), Some(id), Some(number), None] => {
                of_tunnel(id, number).map(|(id, number)| Self::Send(id, number))
            }
            [Some("idle"), Some(id), Some(number), None] => {
                of_tunnel(id, number).map(|(id, number)| Self::Idle(id, number))
            }
            [Some("close"), Some(id), Some(number), None] => {
                of_tunnel(id, number).map(|(id, number)| Self::Close(id, number))
            }
            _ => Err(Refusal::NotFound),
        }
    }
}

/// The path of a target, without scheme and host in front and query behind (RFC 9112 §3.2).
fn path_of(target: &str) -> &str {
    let path = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        }
        _ => target,
    };
    path.split_once('?').map_or(path, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::{Command, Refusal, TunnelId};

    const ID: TunnelId = TunnelId::new(*b"\x00\x01\xfe\xff4567890abcde");

    #[test]
    fn a_path_says_what_is_asked_for() {
        let id = ID.to_string();
        assert_eq!(id, "0001feff343536373839306162636465");
        for (target, command) in [
            ("/fcs/ident2".to_owned(), Ok(Command::Ident)),
            ("/open/1".to_owned(), Ok(Command::Open)),
            ("/open".to_owned(), Ok(Command::Open)),
            (format!("/send/{id}/0"), Ok(Command::Send(ID, 0))),
            (format!("/idle/{id}/4294967295"), Ok(Command::Idle(ID, u32::MAX))),
            (format!("/close/{id}/17"), Ok(Command::Close(ID, 17))),
            (format!("http://localhost:80/idle/{id}/3?x=y"), Ok(Command::Idle(ID, 3))),
            (format!("/idle/{id}/4294967296"), Err(Refusal::Malformed)),
            (format!("/idle/{id}/-1"), Err(Refusal::Malformed)),
            (format!("/idle/{id}/+1"), Err(Refusal::Malformed)),
            (format!("/idle/{id}/"), Err(Refusal::Malformed)),
            (format!("/idle/{id}"), Err(Refusal::NotFound)),
            (format!("/idle/{id}/1/2"), Err(Refusal::NotFound)),
            (format!("/idle/{}/1", id.to_uppercase()), Err(Refusal::NotFound)),
            (format!("/idle/+{}/1", &id[1..]), Err(Refusal::NotFound)),
            (format!("/idle/{id}0/1"), Err(Refusal::NotFound)),
            ("/idle//1".to_owned(), Err(Refusal::NotFound)),
            ("/".to_owned(), Err(Refusal::NotFound)),
            ("*".to_owned(), Err(Refusal::NotFound)),
            ("http://localhost".to_owned(), Err(Refusal::NotFound)),
            ("/live/film.flv".to_owned(), Err(Refusal::NotFound)),
        ] {
            assert_eq!(Command::parse("POST", &target), command, "{target}");
        }
    }

    #[test]
    fn only_post_will_do_where_there_is_something() {
        assert_eq!(Command::parse("GET", "/open/1"), Err(Refusal::MethodNotAllowed));
        assert_eq!(Command::parse("GET", "/"), Err(Refusal::NotFound));
    }

    #[test]
    fn a_log_does_not_give_the_name_away() {
        assert!(!format!("{ID:?}").contains("feff"));
    }
}
