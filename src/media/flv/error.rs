//! Why an FLV file cannot be read.

use std::io;

use super::OtherFormat;

/// Why a file cannot be read, or not to its end. The messages have no path: the caller adds it.
///
/// ```
/// use rendercast::media::flv;
///
/// let error = flv::File::from_bytes("<html>not found</html>".into()).unwrap_err();
/// assert!(matches!(error, flv::Error::NotFlv { looks_like: flv::OtherFormat::Text }));
/// println!("{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not start as an FLV file does.
    #[error("this is not an FLV file: it looks like {looks_like}")]
    NotFlv {
        /// The format that it looks like.
        looks_like: OtherFormat,
    },
    /// The file ends within a tag or header. Everything before that can be played.
    #[error("the file is cut off in the middle of what starts at byte {offset}")]
    Truncated {
        /// The offset of that tag or header, in bytes.
        offset: u64,
    },
    /// There is no tag where one must be. Everything before that can be played.
    #[error("the file is damaged: there is no FLV tag at byte {offset}, where one should be")]
    Corrupt {
        /// The offset at which the tag must be, in bytes.
        offset: u64,
    },
    /// A tag is encrypted (FLV annex F).
    #[error("the tag at byte {offset} is encrypted; only files without encryption can be played")]
    Encrypted {
        /// The offset of the tag, in bytes.
        offset: u64,
    },
    /// The file's clock or its sequence headers change too often. Everything before that can be
    /// played.
    #[error("the file's clock or its decoder settings change too often, up to byte {offset}")]
    TooManyChanges {
        /// The offset of the last tag that can be played, in bytes.
        offset: u64,
    },
    /// The operating system failed to read or write it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Returns the offset of the error in the file, in bytes. Returns `None` for [`Error::Io`].
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Self::NotFlv { .. } => Some(0),
            Self::Truncated { offset }
            | Self::Corrupt { offset }
            | Self::Encrypted { offset }
            | Self::TooManyChanges { offset } => Some(*offset),
            Self::Io(_) => None,
        }
    }
}
