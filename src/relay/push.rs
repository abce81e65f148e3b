//! Publishes a stream of this process to another server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::config::RelayConfig;
use super::event::RelayEvent;
use super::figures::RelayFigures;
use super::push_queue::{PushQueue, Taken};
use super::worker::{Desk, Ended, Worker, label};
use crate::client::{Error, Publisher, Url};
use crate::hub::{LiveStream, SubscriptionId};
use crate::live::{LiveHandler, Viewing};
use crate::media::Tag;
use crate::protocol::Timestamp;

/// How often the server is heard, and the end of the push noticed, while there is nothing to send.
const POLL: Duration = Duration::from_millis(100);

/// How long a push that is closed may take to tell the server.
const PARTING: Duration = Duration::from_secs(1);

/// Publishes a stream of this process to another server, on the thread `rtmp-push`.
///
/// It is a subscriber of the stream like each viewer: a render loop that rests while nothing is
/// watched runs for a push. It connects once there is something to send. After a loss it connects
/// again, and begins with the headers and the last key frame. Timestamps go on.
///
/// The drop ends the stream at the server and joins the thread. That takes a second at most. On
/// other systems than Linux, the drop also waits for a connection that is being established, for
/// [`Config::connect_timeout`](crate::client::Config::connect_timeout) at most.
///
/// ```no_run
/// use std::time::Instant;
///
/// use rendercast::media::{Tag, TagKind};
/// use rendercast::relay::{Push, RelayConfig};
/// use rendercast::{LiveStream, LiveStreamConfig, Timestamp};
///
/// let scene = LiveStream::new(LiveStreamConfig::default());
/// let push = Push::start(&scene, "rtmp://origin.example/live/scene", RelayConfig::default())?;
///
/// let payload = vec![0x17, 1, 0, 0, 0 /* , a picture */].into();
/// let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload };
/// scene.send(vec![tag], Instant::now());
/// println!("{:?}", push.figures());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "its drop ends the push"]
pub struct Push {
    worker: Worker,
}

/// Where the tags come from.
#[derive(Debug)]
enum Source {
    Stream(LiveStream),
    /// A stream of that name, and the next one when that has ended.
    Named(LiveHandler, String),
}

/// What the thread keeps from connection to connection.
#[derive(Debug)]
struct Pusher {
    source: Source,
    /// When the timeline began that the server sees.
    origin: Instant,
    position: Timestamp,
}

/// How the publishing on one connection ended.
enum Published {
    /// The server asks to connect again at this URL.
    Moved(Box<Url>),
    /// The stream has ended, or the push closes.
    Over,
}

/// A stream to which the push subscribes. Its drop ends that.
struct Subscribed {
    stream: LiveStream,
    id: SubscriptionId,
    queue: Arc<PushQueue>,
    _viewing: Option<Viewing>,
}

impl Push {
    /// Pushes `stream` to `url` until it ends.
    ///
    /// # Errors
    /// [`Error::Url`] if the URL names no stream, [`Error::Io`] if the system has no room for
    /// another thread. That the server cannot be reached is an event.
    pub fn start(stream: &LiveStream, url: &str, config: RelayConfig) -> Result<Self, Error> {
        Self::start_from(Source::Stream(stream.clone()), url, config)
    }

    /// Pushes the stream of that name (`live/camera`) to `url`, whenever it is published.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub fn start_named(
        live: &LiveHandler,
        name: &str,
        url: &str,
        config: RelayConfig,
    ) -> Result<Self, Error> {
        Self::start_from(Source::Named(live.clone(), name.to_owned()), url, config)
    }

    /// Returns the figures since the start.
    #[must_use]
    pub fn figures(&self) -> RelayFigures {
        self.worker.figures()
    }

    /// Returns whether the push goes on: whether its stream has not ended.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.worker.is_running()
    }

    /// Ends the stream at the server, and joins the thread, as the drop does.
    pub fn close(self) {
        drop(self);
    }

    fn start_from(source: Source, url: &str, config: RelayConfig) -> Result<Self, Error> {
        let url: Url = url.parse()?;
        url.require_name()?;
        let mut pusher = Pusher { source, origin: Instant::now(), position: Timestamp(0) };
        let label = label("push to", &url);
        let connection = move |desk: &Desk, url: &Url| pusher.run(desk, url);
        let worker = Worker::start("rtmp-push", label, url, config, PARTING, connection)?;
        Ok(Self { worker })
    }
}

impl Pusher {
    /// Waits for media, connects, and publishes until that ends.
    fn run(&mut self, desk: &Desk, url: &Url) -> Ended {
        let Some(subscribed) = self.subscribe(desk) else {
            // A handler that does not let viewers wait is asked again.
            desk.pause(desk.config.shortest_wait);
            return self.after_end();
        };
        let queue = &subscribed.queue;
        while !queue.wait(POLL) {
            if desk.is_closing() {
                return Ended::Over;
            }
        }
        let config = desk.config.client.clone().obey_reconnect(false);
        let ended = match Publisher::open_held(url, config, &desk.interrupter()) {
            Ok(publisher) => {
                desk.connected();
                publish(publisher, desk, queue)
            }
            Err(error) => Err(error),
        };
        self.position = queue.last_position();
        desk.counters.queued_bytes.store(0, Ordering::Relaxed);
        match ended {
            Ok(Published::Moved(url)) => Ended::Moved(url),
            Ok(Published::Over) => self.after_end(),
            Err(error) => Ended::Lost(Some(error.into())),
        }
    }

    /// Returns what follows the end of the stream.
    const fn after_end(&self) -> Ended {
        match self.source {
            Source::Stream(_) => Ended::Over,
            Source::Named(..) => Ended::Again,
        }
    }

    /// Subscribes to the stream. Returns `None` if it has ended, or is not there.
    fn subscribe(&self, desk: &Desk) -> Option<Subscribed> {
        let (stream, viewing) = match &self.source {
            Source::Stream(stream) => (stream.clone(), None),
            Source::Named(live, name) => {
                let viewing = live.watch(name)?;
                (viewing.live().clone(), Some(viewing))
            }
        };
        let (tags, bytes) = (desk.config.queued_tags, desk.config.queued_bytes);
        let counters = Arc::clone(&desk.counters);
        let queue =
            PushQueue::new(tags, bytes, self.origin, self.position, counters, stream.held().part());
        let queue = Arc::new(queue);
        let id = stream.subscribe(Arc::clone(&queue) as _).ok()?;
        Some(Subscribed { stream, id, queue, _viewing: viewing })
    }
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        self.queue.leave();
        self.stream.unsubscribe(self.id);
    }
}

/// Publishes what comes into the queue, until the stream ends or the push closes.
fn publish(mut publisher: Publisher, desk: &Desk, queue: &PushQueue) -> Result<Published, Error> {
    loop {
        let Taken { tags, dropped, has_ended } = queue.take(POLL);
        if dropped > 0 {
            desk.tell(&RelayEvent::FellBehind { dropped });
        }
        if tags.is_empty() {
            publisher.poll()?;
        } else {
            publisher.send(&tags)?;
            desk.counters.passed(tags.len(), payload_bytes(&tags));
        }
        if has_ended || desk.is_closing() {
            return publisher.close().map(|()| Published::Over);
        }
        if let Some(url) = publisher.take_move() {
            return publisher.close().map(|()| Published::Moved(Box::new(url)));
        }
    }
}

fn payload_bytes(tags: &[Tag]) -> usize {
    tags.iter().map(|tag| tag.payload.len()).sum()
}
