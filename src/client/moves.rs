//! Requests of a server to connect again, maybe elsewhere.

use super::{Config, Error, Url};
use crate::peer_log::peer_log;
use crate::protocol::amf::Value;
use crate::protocol::message::Status;
use crate::protocol::message::status::code;

/// Where a client is connected, and where its server wants it to be.
#[derive(Debug)]
pub(super) struct Moves {
    pub(super) url: Url,
    pub(super) config: Config,
    wanted: Option<Url>,
}

impl Moves {
    pub(super) const fn new(url: Url, config: Config) -> Self {
        Self { url, config, wanted: None }
    }

    /// Notes a status. Returns whether it asks to connect again.
    ///
    /// A request that names no place or a wrong one is for the place where the client is.
    pub(super) fn note(&mut self, status: &Status) -> bool {
        if status.code != code::CONNECT_RECONNECT_REQUEST {
            return false;
        }
        let tc_url = status.more.get("tcUrl").and_then(Value::as_str);
        let url = tc_url.map_or_else(|| Ok(self.url.clone()), |tc_url| self.url.redirected(tc_url));
        let wanted = url.unwrap_or_else(|error| {
            peer_log!(Warn, "a server", "asks to connect again at a URL that is none: {error}");
            self.url.clone()
        });
        self.wanted = Some(wanted);
        true
    }

    /// Returns where the server wants the client to be, once for each request.
    pub(super) const fn take(&mut self) -> Option<Url> {
        self.wanted.take()
    }

    /// Returns that if the client moves by itself.
    pub(super) fn take_obeyed(&mut self) -> Option<Url> {
        if self.config.obeys_reconnect { self.take() } else { None }
    }

    /// Reports that a client stays where it is, because `error` keeps it from moving.
    pub(super) fn stay(error: &Error) {
        peer_log!(Warn, "a server", "asks to connect again, which is not possible: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::Moves;
    use crate::client::Config;
    use crate::protocol::message::Status;
    use crate::protocol::message::status::code;

    #[test]
    fn a_request_leads_to_its_url_or_to_the_present_one() {
        let url = "rtmp://h/app/s".parse().expect("a URL");
        let mut moves = Moves::new(url, Config::default());
        assert!(!moves.note(&Status::new(code::PLAY_START, "")));
        assert_eq!(moves.take(), None);
        for (tc_url, expected) in [
            (Some("//other/app"), "rtmp://other/app/s"),
            (Some("nonsense"), "rtmp://h/app/s"),
            (None, "rtmp://h/app/s"),
        ] {
            let mut request = Status::new(code::CONNECT_RECONNECT_REQUEST, "");
            if let Some(tc_url) = tc_url {
                request = request.with("tcUrl", tc_url);
            }
            assert!(moves.note(&request));
            assert_eq!(moves.take_obeyed().map(|url| url.to_string()).as_deref(), Some(expected));
            assert_eq!(moves.take(), None, "once");
        }
    }
}
