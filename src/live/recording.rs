//! The recording of one stream, from publisher to publisher.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::config::{RecordSettings, RecordedStreams};
use super::publisher_id::PublisherId;
use crate::handler::PublishKind;
use crate::hub::LiveStream;
use crate::peer_log::peer_log;
use crate::record::{ExistingFile, RecordConfig, Recorder};
use crate::sync::lock;

/// If there are more recordings, none waits for its publisher: each has a thread, and a client may
/// publish one name after the other.
const MAX_WAITING: usize = 64;

/// The recording of one stream, from publisher to publisher.
///
/// The lock is held for moments only: a recorder, whose drop waits for the disk, is dropped
/// without it.
#[derive(Debug, Default)]
pub(super) struct ChannelRecording {
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    recorder: Recorder,
    publisher: PublisherId,
    _counted: Counted,
}

/// Counts a recording for as long as it lives.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl ChannelRecording {
    /// Records what a publisher sends, if it is to be recorded. Completes the file of the one
    /// before, unless this one continues it. May wait for the disk.
    pub(super) fn begin(
        &self,
        settings: Option<&RecordSettings>,
        (name, live): (&str, &LiveStream),
        publisher: PublisherId,
        kind: PublishKind,
    ) {
        let wanted = settings.and_then(|settings| Some((settings, settings.of(kind)?)));
        let continues = wanted.as_ref().is_some_and(|(settings, _)| settings.continues);
        if continues && self.hand_over(publisher) {
            return;
        }
        self.end_before(publisher);
        let Some((settings, config)) = wanted else { return };
        match Recorder::start_now(live, name, config) {
            Ok(recorder) => {
                let _counted = Counted::new(&settings.running);
                self.keep(Running { recorder, publisher, _counted });
            }
            Err(error) => {
                let who = format_args!("live stream {name:?}");
                peer_log!(Error, who, "cannot be recorded: {error}");
            }
        }
    }

    /// Completes the file of a publisher that has ceased, unless the next one may continue it. May
    /// wait for the disk.
    pub(super) fn end(&self, settings: Option<&RecordSettings>, publisher: PublisherId) {
        let waits = |settings: &RecordSettings| {
            settings.continues && settings.running.load(Ordering::Relaxed) <= MAX_WAITING
        };
        if settings.is_some_and(|settings| !waits(settings)) {
            self.end_before(publisher.next());
        }
    }

    /// Returns whether a recording runs, which another publisher may continue.
    pub(super) fn is_running(&self) -> bool {
        let running = lock(&self.running);
        running.as_ref().is_some_and(|running| !running.recorder.has_stopped())
    }

    /// Lets a publisher continue the recording that runs. Returns `false` if there is none.
    fn hand_over(&self, publisher: PublisherId) -> bool {
        let mut running = lock(&self.running);
        let running = running.as_mut().filter(|running| !running.recorder.has_stopped());
        running.is_some_and(|running| {
            running.publisher = running.publisher.max(publisher);
            true
        })
    }

    fn end_before(&self, publisher: PublisherId) {
        let former = lock(&self.running).take_if(|running| running.publisher < publisher);
        drop(former);
    }

    /// Keeps a recording, unless that of a later publisher has begun.
    fn keep(&self, new: Running) {
        let mut running = lock(&self.running);
        let is_late = running.as_ref().is_some_and(|current| current.publisher > new.publisher);
        let unwanted = if is_late { Some(new) } else { running.replace(new) };
        drop(running);
        drop(unwanted);
    }
}

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl RecordSettings {
    /// Returns how to record a publisher that asks for this. Returns `None` if it is not recorded.
    fn of(&self, kind: PublishKind) -> Option<RecordConfig> {
        let existing = match kind {
            PublishKind::Record => Some(ExistingFile::Replace),
            PublishKind::Append => Some(ExistingFile::Append),
            PublishKind::Live => None,
        };
        if existing.is_none() && self.streams == RecordedStreams::Asked {
            return None;
        }
        let config = self.config.clone();
        Some(match existing {
            Some(existing) => config.existing(existing),
            None => config,
        })
    }
}
