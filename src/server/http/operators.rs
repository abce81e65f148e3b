//! Which clients may read the figures of the server.

use std::net::IpAddr;

use crate::handler::PeerAddress;
use crate::protocol::http::Head;
use crate::server::config::Operators;

/// The fields by which proxies say for which client they ask.
const PROXY_FIELDS: [&str; 4] = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"];

/// Returns whether a client may read the figures of the server.
pub(super) fn may_read(operators: Operators, peer: PeerAddress, head: &Head) -> bool {
    match operators {
        Operators::Nobody => false,
        Operators::Everybody => true,
        Operators::Loopback => {
            peer.ip().is_none_or(|ip| ip.is_loopback()) && is_for_this_machine(head)
        }
    }
}

/// Returns whether a request means this machine, and comes from no proxy.
///
/// A proxy on this machine asks for clients elsewhere. A page elsewhere may have a name that leads
/// here, and would read the figures by that name.
fn is_for_this_machine(head: &Head) -> bool {
    let is_direct = PROXY_FIELDS.iter().all(|name| head.field(name).is_none());
    is_direct && head.text_field("Host").is_some_and(is_name_of_this_machine)
}

/// Returns whether the field `Host` names this machine by its loopback.
pub(super) fn is_name_of_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::{Operators, may_read};
    use crate::handler::PeerAddress;
    use crate::protocol::http::{Limits, RequestReader};

    #[test]
    fn the_loopback_means_direct_requests_for_this_machine() {
        let here: SocketAddr = "127.0.0.1:9".parse().expect("an address");
        let there: SocketAddr = "192.0.2.1:9".parse().expect("an address");
        for (peer, fields, may) in [
            (here, "Host: localhost:1935\r\n", true),
            (here, "Host: 127.0.0.1\r\n", true),
            (here, "Host: [::1]:1935\r\n", true),
            (here, "Host: evil.example\r\n", false),
            (here, "", false),
            (here, "Host: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n", false),
            (there, "Host: localhost\r\n", false),
        ] {
            let text = format!("GET /metrics HTTP/1.1\r\n{fields}\r\n");
            let mut input = text.as_bytes();
            let request = RequestReader::new(Limits::default()).read(&mut input).unwrap();
            let head = request.expect("whole").head;
            let read = |operators| may_read(operators, PeerAddress::from(peer), &head);
            assert_eq!(read(Operators::Loopback), may, "{peer} {fields}");
            assert!(read(Operators::Everybody) && !read(Operators::Nobody));
        }
    }
}
