//! Version 1: a line of text (section 2.1 of the specification).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::Error;
use super::progress::Progress;

/// What such a header begins with.
pub(super) const FIRST: u8 = b'P';

const BEGINNING: &[u8] = b"PROXY ";

/// The longest line that there can be, with its end.
const MAX_BYTES: usize = 107;

pub(super) fn look(head: &[u8]) -> Result<Progress, Error> {
    let begun = head.len().min(BEGINNING.len());
    if head.get(..begun) != BEGINNING.get(..begun) {
        return Err(Error::Missing);
    }
    if head.last() != Some(&b'\n') {
        return match head.len() {
            MAX_BYTES => Err(Error::TooLong { max: MAX_BYTES }),
            _ => Ok(Progress::More),
        };
    }
    let line = String::from_utf8_lossy(head.strip_suffix(b"\r\n").unwrap_or(head));
    let client = client(&line).ok_or_else(|| Error::Line { line: line.clone().into_owned() })?;
    Ok(Progress::Known { client, skip: 0 })
}

/// Who the client is, where the line says so; none: the line is not one.
fn client(line: &str) -> Option<Option<SocketAddr>> {
    let mut fields = line.split(' ').skip(1);
    let client = match fields.next()? {
        // Whatever follows is to be ignored.
        "UNKNOWN" if !line.ends_with('\n') => return Some(None),
        "TCP4" => addresses::<Ipv4Addr>(&mut fields)?,
        "TCP6" => addresses::<Ipv6Addr>(&mut fields)?,
        _ => return None,
    };
    fields.next().is_none().then_some(Some(client))
}

/// The client's address and port, of the four fields that tell those of both sides.
fn addresses<'a, A>(fields: &mut impl Iterator<Item = &'a str>) -> Option<SocketAddr>
where
    A: FromStr + Into<IpAddr>,
{
    let client = fields.next()?.parse::<A>().ok()?;
    let _server = fields.next()?.parse::<A>().ok()?;
    let client_port = port(fields.next()?)?;
    let _server_port = port(fields.next()?)?;
    Some(SocketAddr::new(client.into(), client_port))
}

fn port(text: &str) -> Option<u16> {
    // Rust also takes a plus sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
