//! Plays a stream of another server into a stream of this process.

use std::time::{Duration, Instant};

use super::config::RelayConfig;
use super::event::RelayError;
use super::figures::RelayFigures;
use super::worker::{Desk, Ended, Worker, label};
use crate::client::{Error, Player, Url};
use crate::hub::LiveStream;
use crate::live::{LiveHandler, LiveSource, Splice};
use crate::media::{Tag, TagKind};

/// The most tags that are handed on together.
const BATCH: usize = 64;

/// Plays a stream of another server into a stream of this process, on the thread `rtmp-pull`.
///
/// After a loss, and after the end of the stream at the server, it connects again. Viewers of this
/// process see a pause, timestamps that go on, and a key frame first.
///
/// The drop joins the thread, which takes a moment. On other systems than Linux, it also waits for
/// a connection that is being established, for
/// [`Config::connect_timeout`](crate::client::Config::connect_timeout) at most. The stream of this
/// process does not end with it.
///
/// ```no_run
/// use rendercast::live::{LiveConfig, LiveHandler};
/// use rendercast::relay::{Pull, RelayConfig};
/// use rendercast::{Server, ServerConfig};
///
/// // An edge: shows the stream of an origin to viewers of its own.
/// let live = LiveHandler::new(LiveConfig::default());
/// let server = Server::new(ServerConfig::default());
/// server.install(live.clone());
/// server.start("")?;
/// let origin = "rtmp://origin.example/live/scene";
/// let pull = Pull::start_named(&live, "live/scene", origin, RelayConfig::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "its drop ends the pull"]
pub struct Pull {
    worker: Worker,
}

/// Where the tags go.
#[derive(Debug)]
enum Sink {
    Stream(LiveStream, Splice),
    Named(LiveHandler, String),
}

/// Where the tags of one connection go.
enum Feed<'a> {
    Stream(&'a LiveStream, &'a mut Splice),
    Named(LiveSource),
}

impl Pull {
    /// Plays `url` into `stream`, until the stream or the pull ends.
    ///
    /// # Errors
    /// [`Error::Url`] if the URL names no stream, [`Error::Io`] if the system has no room for
    /// another thread. That the server cannot be reached is an event.
    pub fn start(stream: &LiveStream, url: &str, config: RelayConfig) -> Result<Self, Error> {
        Self::start_into(Sink::Stream(stream.clone(), Splice::new()), url, config)
    }

    /// Plays `url` into the stream of that name (`live/camera`), as a publisher among others.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub fn start_named(
        live: &LiveHandler,
        name: &str,
        url: &str,
        config: RelayConfig,
    ) -> Result<Self, Error> {
        Self::start_into(Sink::Named(live.clone(), name.to_owned()), url, config)
    }

    /// Returns the figures since the start.
    #[must_use]
    pub fn figures(&self) -> RelayFigures {
        self.worker.figures()
    }

    /// Returns whether the pull goes on: whether its stream of this process has not ended.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.worker.is_running()
    }

    /// Ends the pull and joins its thread, as the drop does.
    pub fn close(self) {
        drop(self);
    }

    fn start_into(mut sink: Sink, url: &str, config: RelayConfig) -> Result<Self, Error> {
        let url: Url = url.parse()?;
        url.require_name()?;
        let label = label("pull from", &url);
        let connection = move |desk: &Desk, url: &Url| pull(desk, url, &mut sink);
        let worker = Worker::start("rtmp-pull", label, url, config, Duration::ZERO, connection)?;
        Ok(Self { worker })
    }
}

/// Connects, and plays until that ends.
fn pull(desk: &Desk, url: &Url, sink: &mut Sink) -> Ended {
    let config = desk.config.client.clone().obey_reconnect(false);
    let player = Player::open_held(url, config, &desk.interrupter());
    let mut player = match player {
        Ok(player) => player,
        Err(error) => return Ended::Lost(Some(error.into())),
    };
    let mut feed = match sink.begin() {
        Ok(feed) => feed,
        Err(error) => return Ended::Lost(Some(error)),
    };
    desk.connected();
    loop {
        let tags = match next_tags(&mut player) {
            Ok(tags) if tags.is_empty() => return Ended::Lost(None),
            Ok(tags) => tags,
            Err(error) => return Ended::Lost(Some(error.into())),
        };
        let bytes = tags.iter().map(|tag| tag.payload.len()).sum();
        desk.counters.passed(tags.len(), bytes);
        match feed.send(tags) {
            Ok(true) => {}
            Ok(false) => return Ended::Over,
            Err(error) => return Ended::Lost(Some(error)),
        }
        if let Some(url) = player.take_move() {
            return Ended::Moved(Box::new(url));
        }
    }
}

/// Waits for a tag, and returns all that have arrived with it. Returns none at the end.
fn next_tags(player: &mut Player) -> Result<Vec<Tag>, Error> {
    let first = loop {
        match player.next().transpose()? {
            Some(tag) if is_for_viewers(&tag) => break tag,
            Some(_) => {}
            None => return Ok(Vec::new()),
        }
    };
    let mut tags = vec![first];
    while tags.len() < BATCH
        && let Some(tag) = player.arrived_tag()?
    {
        if is_for_viewers(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

/// Returns whether a tag belongs to the stream. Servers also send data about the playing of one
/// client. SRS 6 and Adobe's servers begin with an `onStatus`, of which ffmpeg makes a stream
/// without content.
fn is_for_viewers(tag: &Tag) -> bool {
    const ABOUT_PLAYING: [&[u8]; 3] =
        [b"\x02\x00\x11|RtmpSampleAccess", b"\x02\x00\x0conPlayStatus", b"\x02\x00\x08onStatus"];
    tag.kind != TagKind::Script || !ABOUT_PLAYING.iter().any(|name| tag.payload.starts_with(name))
}

impl Sink {
    fn begin(&mut self) -> Result<Feed<'_>, RelayError> {
        match self {
            Self::Stream(stream, splice) => {
                splice.begin();
                Ok(Feed::Stream(stream, splice))
            }
            Self::Named(live, name) => Ok(Feed::Named(live.publish(name)?)),
        }
    }
}

impl Feed<'_> {
    /// Hands tags on. Returns `false` if the stream has ended.
    fn send(&mut self, tags: Vec<Tag>) -> Result<bool, RelayError> {
        let now = Instant::now();
        match self {
            Self::Stream(stream, splice) => {
                let tags = tags.into_iter().filter_map(|tag| splice.continue_with(tag, now));
                stream.send(tags.collect(), now);
                Ok(!stream.has_ended())
            }
            Self::Named(source) => Ok(source.send(tags, now).map(|()| true)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_for_viewers;
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    #[test]
    fn what_a_server_says_of_the_playing_is_not_for_viewers() {
        for (name, kind, expected) in [
            ("|RtmpSampleAccess", TagKind::Script, false),
            ("onPlayStatus", TagKind::Script, false),
            ("onStatus", TagKind::Script, false),
            ("onStatusOfGame", TagKind::Script, true),
            ("onMetaData", TagKind::Script, true),
            ("onStatus", TagKind::Audio, true),
        ] {
            let length = u8::try_from(name.len()).expect("a short name");
            let payload = [&[2, 0, length], name.as_bytes(), &[5]].concat().into();
            let tag = Tag { kind, timestamp: Timestamp(0), payload };
            assert_eq!(is_for_viewers(&tag), expected, "{name} {kind:?}");
        }
    }
}
