//! A publisher that is no client: code of the application, or a pull from another server.

use std::time::Instant;

use super::channel::Replaced;
use super::directory::Publication;
use crate::media::Tag;

/// Publishes a stream by name from code, beside the clients that publish. Its drop ends the
/// publishing; viewers then wait for the next publisher as they do for a client's return.
///
/// ```
/// use std::time::Instant;
///
/// use rendercast::live::{LiveConfig, LiveHandler};
/// use rendercast::media::{Tag, TagKind};
/// use rendercast::{Server, ServerConfig, Timestamp};
///
/// let live = LiveHandler::new(LiveConfig::default());
/// let server = Server::new(ServerConfig::default());
/// server.install(live.clone());
/// server.start("127.0.0.1:0")?;
///
/// let camera = live.publish("live/camera")?;
/// let payload = vec![0x17, 1, 0, 0, 0 /* , a picture */].into();
/// let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload };
/// camera.send(vec![tag], Instant::now())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LiveSource {
    publication: Publication,
}

/// The reason why code cannot publish a stream, or publish it any more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveSourceError {
    /// Another publisher has the name, and is not replaced.
    #[error("the live stream {name:?} is published already")]
    InUse {
        /// The name of the stream.
        name: String,
    },
    /// A client has replaced this publisher.
    #[error("another publisher has replaced this one of the live stream {name:?}")]
    Replaced {
        /// The name of the stream.
        name: String,
    },
    /// The system has no room for another thread.
    #[error("no thread can be started: {0}")]
    Thread(#[from] std::io::Error),
}

impl LiveSource {
    pub(super) const fn new(publication: Publication) -> Self {
        Self { publication }
    }

    /// Sends tags to all viewers, without waiting for any. `now` is the present instant.
    /// Timestamps are repaired as those of clients are.
    ///
    /// # Errors
    /// [`LiveSourceError::Replaced`].
    pub fn send(&self, tags: Vec<Tag>, now: Instant) -> Result<(), LiveSourceError> {
        let Publication { channel, id, .. } = &self.publication;
        let replaced = || LiveSourceError::Replaced { name: channel.name().to_owned() };
        channel.send(*id, tags, now).map_err(|Replaced| replaced())
    }
}
