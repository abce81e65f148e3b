//! What a recording reports to the application.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What a recording reports to the application. Its text is what the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordEvent {
    /// A file was begun.
    Started {
        /// The path of the file while it is written, which is a temporary one for a new file.
        path: PathBuf,
    },
    /// A file is complete, and has its final name.
    Completed {
        /// The path of the file.
        path: PathBuf,
        /// The time of the last frame in it.
        duration: Duration,
        /// Its length in bytes.
        bytes: u64,
    },
    /// A file could not be made or written. The recording has stopped, and the stream goes on.
    Failed {
        /// The path of the file. What was written of it plays.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

impl fmt::Display for RecordEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { path } => write!(f, "records to {}", path.display()),
            Self::Completed { path, duration, bytes } => {
                let seconds = duration.as_secs_f64();
                write!(f, "recorded {}: {seconds:.1} s, {bytes} bytes", path.display())
            }
            Self::Failed { path, reason } => write!(
                f,
                "the recording to {} has stopped: {reason}; free space or permit writing there",
                path.display()
            ),
        }
    }
}
