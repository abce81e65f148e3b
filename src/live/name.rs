//! The name of a stream, from the app and the name that a client sends.

/// The kinds of file that clients put before a name.
const PREFIXES: [&str; 3] = ["flv:", "mp4:", "mp3:"];

/// The most bytes of a name. Names are kept for as long as a stream is watched.
const MAX_BYTES: usize = 1024;

/// The name of a stream, and what else the URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The path of the URL: app and name, joined by `/`.
    pub(super) name: String,
    /// The part of the URL behind the first `?`. Empty if there is none.
    pub(super) query: String,
}

impl Address {
    /// Reads what a client sent. Returns `None` if the name is empty or too long.
    ///
    /// Clients cut one URL in different places. `rtmp://host/app/a/b/s` is app `app/a` and name
    /// `b/s` to FFmpeg, but app `app/a/b` and name `s` to librtmp. So both parts are joined.
    /// FFmpeg removes `.flv` from a name, so it is removed from all.
    pub(super) fn parse(app: &str, name: &str) -> Option<Self> {
        let (app, app_query) = cut_query(app);
        let (name, name_query) = cut_query(name);
        let name = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        let name = name.strip_suffix(".flv").unwrap_or(name);
        if name.is_empty() || app.len().saturating_add(name.len()) >= MAX_BYTES {
            return None;
        }
        let parts = app.split('/').chain(name.split('/')).filter(|part| !part.is_empty());
        let query = if name_query.is_empty() { app_query } else { name_query };
        Some(Self { name: parts.collect::<Vec<_>>().join("/"), query: query.to_owned() })
    }
}

fn cut_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::{Address, MAX_BYTES};

    #[test]
    fn every_client_of_a_url_gets_the_same_name() {
        for (app, name, expected, query) in [
            ("live", "key", "live/key", ""),
            ("live/", "key", "live/key", ""),
            ("", "key", "key", ""),
            ("app/a", "b/s", "app/a/b/s", ""),
            ("app/a/b", "s", "app/a/b/s", ""),
            ("live", "key?token=x", "live/key", "token=x"),
            ("live?token=x", "key", "live/key", "token=x"),
            ("live", "flv:key.flv", "live/key", ""),
            ("live", "mp4:key.mp4", "live/key.mp4", ""),
        ] {
            let expected = Address { name: expected.to_owned(), query: query.to_owned() };
            assert_eq!(Address::parse(app, name), Some(expected), "{app} {name}");
        }
        assert_eq!(Address::parse("live", ""), None);
        assert_eq!(Address::parse("live", "?token=x"), None);
        assert_eq!(Address::parse("live", &"n".repeat(MAX_BYTES)), None);
    }
}
