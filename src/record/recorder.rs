//! The recording of one stream, and its thread.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::config::RecordConfig;
use super::event::RecordEvent;
use super::file_name::file_name;
use super::queue::RecordQueue;
use super::recording::{Failure, Recording};
use crate::hub::{LiveStream, Subscriber, SubscriptionId};
use crate::panics;
use crate::peer_log::peer_log;
use crate::threads;

/// The least time between two log lines about tags that were left out.
const DROPPED_LOGGED_EVERY: Duration = Duration::from_secs(10);

/// Records a live stream to FLV files, on a thread of its own. The stream never waits for the disk.
///
/// A file is written as `NAME.flv.part`, and is renamed to `NAME.flv` when it is complete. Then its
/// metadata have its duration and its key frames. A file that was cut off, because the process was
/// killed, plays all the same. [`ExistingFile::Append`](super::ExistingFile::Append) appends to
/// `NAME.flv` itself.
///
/// If a file cannot be written, because the disk is full for example, the recording stops. It
/// reports [`RecordEvent::Failed`] and logs that. The stream goes on.
///
/// ```no_run
/// use rendercast::record::{RecordConfig, Recorder};
/// use rendercast::{LiveStream, LiveStreamConfig};
///
/// let scene = LiveStream::new(LiveStreamConfig::default());
/// let recorder = Recorder::start(&scene, "scene", RecordConfig::new("recordings"))?;
/// // ... frames are sent to the stream ...
/// recorder.stop();
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// The drop stops the recording as [`stop`](Self::stop) does.
#[derive(Debug)]
pub struct Recorder {
    live: LiveStream,
    subscription: Option<SubscriptionId>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// The name of the stream, for the log.
    name: String,
    queue: Arc<RecordQueue>,
    files: AtomicU64,
    tags: AtomicU64,
    config: RecordConfig,
}

/// The figures of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordFigures {
    /// The number of files that were begun.
    pub files: u64,
    /// The number of tags of the stream that were written.
    pub tags: u64,
    /// The number of tags that were left out because the disk did not keep up.
    pub dropped: u64,
}

impl Recorder {
    /// Begins to record `live`, from its last key frame on. `name` is that of the stream, from
    /// which the files get theirs: all that a file system could take amiss is escaped.
    ///
    /// Does not wait for the disk. The folder is made with the first file.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub fn start(live: &LiveStream, name: &str, config: RecordConfig) -> io::Result<Self> {
        Self::begin(live, name, config, false)
    }

    /// Begins to record what is sent from now on. The video begins at the next key frame.
    pub(crate) fn start_now(
        live: &LiveStream,
        name: &str,
        config: RecordConfig,
    ) -> io::Result<Self> {
        Self::begin(live, name, config, true)
    }

    fn begin(
        live: &LiveStream,
        name: &str,
        config: RecordConfig,
        skips_past: bool,
    ) -> io::Result<Self> {
        let queue = Arc::new(RecordQueue::new(config.queued_bytes, skips_past, live.held().part()));
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            queue: Arc::clone(&queue),
            files: AtomicU64::new(0),
            tags: AtomicU64::new(0),
            config,
        });
        let writer = Arc::clone(&shared);
        let thread_name = format!("rtmp-record-{}", file_name(name));
        let thread = threads::spawn(thread_name, move || writer.run())?;
        if skips_past {
            live.send_queued();
        }
        let subscription = live.subscribe(Arc::clone(&queue) as Arc<dyn Subscriber>).ok();
        queue.past_is_over();
        if subscription.is_none() {
            queue.close();
        }
        Ok(Self { live: live.clone(), subscription, shared, thread: Some(thread) })
    }

    /// Completes the file. Returns once it has its final name, or has failed: that may take as long
    /// as the disk does for [`RecordConfig::queued_bytes`].
    pub fn stop(self) {
        drop(self);
    }

    /// Returns whether the recording has stopped by itself: the stream has ended, or a file could
    /// not be written.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Returns the figures of the recording.
    #[must_use]
    pub fn figures(&self) -> RecordFigures {
        RecordFigures {
            files: self.shared.files.load(Ordering::Relaxed),
            tags: self.shared.tags.load(Ordering::Relaxed),
            dropped: self.shared.queue.dropped(),
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(subscription) = self.subscription {
            self.live.send_queued();
            self.live.unsubscribe(subscription);
        }
        self.shared.queue.close();
        // An event handler may drop the recorder of its own thread.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            peer_log!(Error, "a recording", "its thread panicked; this is a bug of rendercast");
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut config = self.config.clone();
        let (name, on_event) = (self.name.clone(), Arc::clone(&config.on_event));
        config.on_event = Arc::new(move |event: &RecordEvent| {
            let who = format_args!("live stream {name:?}");
            match event {
                RecordEvent::Failed { .. } => peer_log!(Error, who, "{event}"),
                _ => peer_log!(Info, who, "{event}"),
            }
            if let Err(panic) = panics::catch(|| on_event(event)) {
                peer_log!(Error, who, "the handler of recording events panicked: {panic}");
            }
        });
        let mut recording = Recording::new(&self.name, config);
        let written = self.write_all(&mut recording);
        let outcome = written.and_then(|()| recording.complete());
        if let Err(failure) = outcome {
            self.queue.abandon();
            recording.fail(failure);
        }
    }

    fn write_all(&self, recording: &mut Recording) -> Result<(), Failure> {
        let mut dropped = DroppedLog::default();
        loop {
            let frames = match self.queue.try_pop() {
                Some(frames) => frames,
                None => {
                    recording.flush()?;
                    let Some(frames) = self.queue.pop() else { return Ok(()) };
                    frames
                }
            };
            for frame in frames.iter() {
                recording.write(frame.clone())?;
            }
            let (files, tags) = recording.counts();
            self.files.store(files, Ordering::Relaxed);
            self.tags.store(tags, Ordering::Relaxed);
            dropped.log(&self.name, self.queue.dropped());
        }
    }
}

/// When tags that were left out were logged last, and how many there had been.
#[derive(Debug, Default)]
struct DroppedLog {
    at: Option<Instant>,
    count: u64,
}

impl DroppedLog {
    fn log(&mut self, name: &str, dropped: u64) {
        let is_due = self.at.is_none_or(|at| at.elapsed() >= DROPPED_LOGGED_EVERY);
        if dropped > self.count && is_due {
            let count = dropped.saturating_sub(self.count);
            let who = format_args!("live stream {name:?}");
            peer_log!(Warn, who, "the recording lacks {count} tags, since the disk is too slow");
            (self.at, self.count) = (Some(Instant::now()), dropped);
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("name", &self.name).finish_non_exhaustive()
    }
}
