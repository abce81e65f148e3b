//! The settings of recordings.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::event::RecordEvent;

/// The settings of a [`Recorder`](super::Recorder).
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::record::{RecordConfig, RecordEvent};
///
/// let config = RecordConfig::new("recordings")
///     .max_duration(Duration::from_secs(3600))
///     .max_bytes(2 << 30)
///     .on_event(|event: &RecordEvent| println!("{event}"));
/// ```
#[derive(Clone)]
#[must_use]
pub struct RecordConfig {
    pub(super) folder: PathBuf,
    pub(super) existing: ExistingFile,
    pub(super) max_duration: Duration,
    pub(super) max_bytes: u64,
    pub(super) queued_bytes: usize,
    pub(super) on_event: Arc<dyn Fn(&RecordEvent) + Send + Sync>,
}

/// What becomes of an earlier recording of the same stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExistingFile {
    /// It stays. The new file has a number: `key~2.flv` follows `key.flv`.
    #[default]
    Keep,
    /// The new file replaces it, once it is complete.
    Replace,
    /// It goes on: what comes is appended to the file itself, which has its final name all the
    /// time. If the process is killed, all that was written plays. Only the duration and the key
    /// frames in its metadata are those of before, until another recording appends to it.
    ///
    /// A file of another program has no room in its metadata for that. It is copied first, at the
    /// speed of the disk, and the copy replaces it once it is complete. Media wait meanwhile in
    /// [`queued_bytes`](RecordConfig::queued_bytes).
    ///
    /// A file that is damaged, or that another recording appends to, stays as with
    /// [`Keep`](Self::Keep).
    Append,
}

impl RecordConfig {
    /// The longest file. Half of the range of timestamps, which players read with a sign.
    const MAX_DURATION: Duration = Duration::from_millis(1 << 31);

    /// Records to files in `folder`, which is made when the first file is.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            existing: ExistingFile::default(),
            max_duration: Self::MAX_DURATION,
            max_bytes: u64::MAX,
            queued_bytes: 16 << 20,
            on_event: Arc::new(|_| ()),
        }
    }

    /// Sets what becomes of an earlier recording of the same stream. Defaults to
    /// [`ExistingFile::Keep`].
    pub const fn existing(mut self, existing: ExistingFile) -> Self {
        self.existing = existing;
        self
    }

    /// Sets how much time a file may cover. Another file follows, from the next key frame on.
    /// Defaults to 24.8 days, which is also the most.
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = duration.min(Self::MAX_DURATION);
        self
    }

    /// Sets how many bytes a file may have. Another file follows, from the next key frame on: so a
    /// file may be longer by what comes until then. Defaults to no limit.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many bytes of media may wait for the disk. Beyond that media are left out and
    /// counted, and the video goes on at the next key frame. Defaults to 16 MiB.
    pub const fn queued_bytes(mut self, bytes: usize) -> Self {
        self.queued_bytes = bytes;
        self
    }

    /// Sets what is called when a file begins, is complete, or fails. It is called on the thread of
    /// the recording, which writes nothing meanwhile. Defaults to nothing.
    pub fn on_event(mut self, call: impl Fn(&RecordEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Arc::new(call);
        self
    }
}

impl fmt::Debug for RecordConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordConfig")
            .field("folder", &self.folder)
            .field("existing", &self.existing)
            .field("max_duration", &self.max_duration)
            .field("max_bytes", &self.max_bytes)
            .field("queued_bytes", &self.queued_bytes)
            .finish_non_exhaustive()
    }
}
