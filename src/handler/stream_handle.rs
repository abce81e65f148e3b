//! A stream, as other threads of the application see it.

use std::fmt;
use std::sync::Weak;

use super::backend::StreamBackend;
use super::{PropertyError, Statistics, StreamFigures};
use crate::hub::LiveStream;
use crate::protocol::amf::Value;

/// A handle of a stream, which may be kept and used from any thread. It does not keep the stream.
/// Cheap to clone.
///
/// [`ConnectionHandle::streams`](crate::ConnectionHandle::streams) lists them:
///
/// ```
/// use rendercast::{RenderLoop, Server, StreamHandle};
///
/// /// Returns the streams that show a loop.
/// fn viewers(server: &Server, scene: &RenderLoop) -> Vec<StreamHandle> {
///     let streams = server.connections().into_iter().flat_map(|it| it.streams());
///     streams.filter(|stream| stream.is_watching(scene.live_stream())).collect()
/// }
///
/// /// Ends what is played under a name, wherever.
/// fn end(server: &Server, name: &str) {
///     for connection in server.connections() {
///         for stream in connection.streams().iter().filter(|it| it.stream_name() == name) {
///             println!("{} must stop", connection.peer_address());
///             stream.close();
///         }
///     }
/// }
/// ```
#[derive(Clone)]
pub struct StreamHandle {
    backend: Weak<dyn StreamBackend>,
}

impl StreamHandle {
    pub(super) const fn new(backend: Weak<dyn StreamBackend>) -> Self {
        Self { backend }
    }

    /// Returns whether the stream still exists.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.backend.strong_count() > 0
    }

    /// Returns the number by which the client knows the stream, or 0 once it is gone.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.backend.upgrade().map_or(0, |backend| backend.id())
    }

    /// Returns the name in the client's last play or publish command. Returns an empty string
    /// before the first, and once the stream is gone.
    #[must_use]
    pub fn stream_name(&self) -> String {
        self.backend.upgrade().map(|backend| backend.stream_name()).unwrap_or_default()
    }

    /// Returns whether the stream shows a live stream, or a render loop that has it, now.
    #[must_use]
    pub fn is_watching(&self, live_stream: &LiveStream) -> bool {
        self.backend.upgrade().is_some_and(|backend| backend.is_watching(live_stream))
    }

    /// Returns the live stream to which the media go that the client publishes. Returns `None` if
    /// there is none.
    #[must_use]
    pub fn publishes_to(&self) -> Option<LiveStream> {
        self.backend.upgrade()?.publishes_to()
    }

    /// Returns a property, as [`Stream::property`](crate::Stream::property) does. Returns `None`
    /// once the stream is gone.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<Value> {
        self.backend.upgrade()?.property(key)
    }

    /// Sets a property, as [`Stream::set_property`](crate::Stream::set_property) does. Has no
    /// effect once the stream is gone.
    ///
    /// # Errors
    /// As [`Stream::set_property`](crate::Stream::set_property).
    pub fn set_property(&self, key: &str, value: impl Into<Value>) -> Result<(), PropertyError> {
        self.backend.upgrade().map_or(Ok(()), |backend| backend.set_property(key, value.into()))
    }

    /// Returns the figures of the stream. Returns `None` once it is gone.
    #[must_use]
    pub fn figures(&self) -> Option<StreamFigures> {
        Some(self.backend.upgrade()?.figures())
    }

    /// Returns the figures of the stream by name, as
    /// [`Stream::statistics`](crate::Stream::statistics) does. Returns `None` once it is gone.
    #[must_use]
    pub fn statistics(&self) -> Option<Statistics> {
        let backend = self.backend.upgrade()?;
        let name = Statistics::default().with("stream_name", backend.stream_name());
        Some(name.and(backend.figures()))
    }

    /// Limits what the stream is sent, as
    /// [`Stream::set_max_bitrate`](crate::Stream::set_max_bitrate) does.
    pub fn set_max_bitrate(&self, bits_per_second: Option<u32>) {
        if let Some(backend) = self.backend.upgrade() {
            backend.set_max_bitrate(bits_per_second);
        }
    }

    /// Ends what the stream plays or publishes. The connection and its other streams go on, and the
    /// client may play on this one again.
    ///
    /// The client of a stream that plays is told `NetStream.Play.Stop` and StreamEOF. The `stop` of
    /// the play handler is called on this thread. If it is asked about a transition meanwhile, that
    /// comes first, on its own thread. A publisher is told `NetStream.Publish.Rejected` at the next
    /// media that it sends. Does not wait for the client.
    pub fn close(&self) {
        if let Some(backend) = self.backend.upgrade() {
            backend.close();
        }
    }
}

impl fmt::Debug for StreamHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamHandle")
            .field("id", &self.id())
            .field("stream_name", &self.stream_name())
            .finish()
    }
}
