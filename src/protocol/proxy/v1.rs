//! Version 1: a line of text (section 2.1 of the specification).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::Error;
use super::header::Progress;

/// The first byte of a header.
pub(super) const FIRST: u8 = b'P';

const BEGINNING: &[u8] = b"PROXY ";

/// The longest line that can be, its end included.
const MAX_BYTES: usize = 107;

/// Looks at the bytes of a header so far, after each byte.
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

/// Returns the client that the line names, if it names one. Returns `None` if the line is no
/// header.
fn client(line: &str) -> Option<Option<SocketAddr>> {
    let mut fields = line.split(' ').skip(1);
    let client = match fields.next()? {
        // The rest of the line is ignored.
        "UNKNOWN" if !line.ends_with('\n') => return Some(None),
        "TCP4" => addresses::<Ipv4Addr>(&mut fields)?,
        "TCP6" => addresses::<Ipv6Addr>(&mut fields)?,
        _ => return None,
    };
    fields.next().is_none().then_some(Some(client))
}

/// Reads the addresses and ports of both sides, and returns those of the client.
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
    // Rust would also take a plus sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
