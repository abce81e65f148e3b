//! One stream, with one publisher after the other.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::publisher_id::PublisherId;
use super::recording::ChannelRecording;
use super::report::Report;
use super::splice::Splice;
use crate::hub::{LiveStream, LiveStreamConfig};
use crate::media::Tag;
use crate::peer_log::peer_log;
use crate::sync::lock;

/// The least time between two log lines about repaired timestamps of one stream.
const REPAIRS_LOGGED_EVERY: Duration = Duration::from_secs(10);

/// One stream, with one publisher after the other. Its viewers see one stream.
#[derive(Debug)]
pub(super) struct Channel {
    name: String,
    live: LiveStream,
    /// Held while media are sent, so that those of two publishers do not mix.
    feed: Mutex<Feed>,
    origin: Instant,
    pub(super) recording: ChannelRecording,
    /// When media came last, in milliseconds since `origin`.
    heard_ms: AtomicU64,
}

/// Another publisher has taken the place of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Replaced;

#[derive(Debug)]
struct Feed {
    publisher: Option<PublisherId>,
    splice: Splice,
    report: Report,
    /// When repairs were logged last, and how many there had been.
    logged: Option<(Instant, u64)>,
}

impl Channel {
    pub(super) fn new(name: String, config: LiveStreamConfig) -> Self {
        let now = Instant::now();
        Self {
            live: LiveStream::new(config.named(&name)),
            name,
            feed: Mutex::new(Feed {
                publisher: None,
                splice: Splice::new(),
                report: Report::new(now),
                logged: None,
            }),
            recording: ChannelRecording::default(),
            origin: now,
            heard_ms: AtomicU64::new(0),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn live(&self) -> &LiveStream {
        &self.live
    }

    /// Returns how long no media have come.
    pub(super) fn silent_for(&self, now: Instant) -> Duration {
        let heard = Duration::from_millis(self.heard_ms.load(Ordering::Relaxed));
        now.saturating_duration_since(self.origin).saturating_sub(heard)
    }

    /// Lets a publisher begin, unless a later one has begun.
    pub(super) fn begin(&self, publisher: PublisherId, now: Instant) {
        let mut feed = lock(&self.feed);
        if feed.publisher.is_none() {
            self.live.tell_published();
        }
        if feed.publisher.is_none_or(|current| current < publisher) {
            feed.publisher = Some(publisher);
            feed.splice.begin();
            feed.report = Report::new(now);
            self.note_heard(now);
        }
    }

    /// Sends media of a publisher to the viewers, on the timeline of the stream.
    ///
    /// # Errors
    /// [`Replaced`] if another publisher has begun since.
    pub(super) fn send(
        &self,
        publisher: PublisherId,
        tags: Vec<Tag>,
        now: Instant,
    ) -> Result<(), Replaced> {
        let mut feed = lock(&self.feed);
        if feed.publisher != Some(publisher) {
            return Err(Replaced);
        }
        self.note_heard(now);
        let mut shows_codec = false;
        let tags = tags.into_iter().filter_map(|tag| {
            shows_codec |= feed.report.note(&tag);
            feed.splice.continue_with(tag, now)
        });
        let tags = tags.collect();
        // First, so that who has seen the last media finds the figure of it.
        self.live.set_earlier_repairs(feed.splice.repairs());
        self.live.send(tags, now);
        if shows_codec {
            let who = format_args!("live stream {:?}", self.name);
            peer_log!(Info, who, "{}", feed.report.media());
        }
        feed.log_repairs(&self.name, now);
        Ok(())
    }

    /// Returns what came of a publisher, for the log.
    pub(super) fn report(&self) -> String {
        lock(&self.feed).report.to_string()
    }

    fn note_heard(&self, now: Instant) {
        let since = now.saturating_duration_since(self.origin).as_millis();
        self.heard_ms.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Feed {
    fn log_repairs(&mut self, name: &str, now: Instant) {
        let repairs = self.splice.repairs();
        let (last, before) = self.logged.map_or((None, 0), |(at, before)| (Some(at), before));
        let is_due =
            last.is_none_or(|at| now.saturating_duration_since(at) >= REPAIRS_LOGGED_EVERY);
        if repairs > before && is_due {
            let count = repairs.saturating_sub(before);
            let who = format_args!("live stream {name:?}");
            peer_log!(Warn, who, "repaired {count} timestamps of its publisher");
            self.logged = Some((now, repairs));
        }
    }
}
