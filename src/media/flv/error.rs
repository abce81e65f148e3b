//! What can be wrong with an FLV file.

use std::io;

use super::OtherFormat;

/// Why a file is not read, or is read no further. Says nothing of where the file lies: whoever
/// opened it knows.
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
    /// It does not start as an FLV file does.
    #[error("this is not an FLV file: it looks like {looks_like}")]
    NotFlv {
        /// What it starts as instead.
        looks_like: OtherFormat,
    },
    /// It ends in the middle of something; all before can be played.
    #[error("the file is cut off in the middle of what starts at byte {offset}")]
    Truncated {
        /// Where what is cut off starts.
        offset: u64,
    },
    /// What should be a tag is none; all before can be played.
    #[error("the file is damaged: there is no FLV tag at byte {offset}, where one should be")]
    Corrupt {
        /// Where the tag should be.
        offset: u64,
    },
    /// A tag is encrypted (FLV annex F).
    #[error("the tag at byte {offset} is encrypted; only files without encryption can be played")]
    Encrypted {
        /// Where the tag starts.
        offset: u64,
    },
    /// The operating system failed to read or write it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Where in the file it is wrong, where that is known.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Self::NotFlv { .. } => Some(0),
            Self::Truncated { offset } | Self::Corrupt { offset } | Self::Encrypted { offset } => {
                Some(*offset)
            }
            Self::Io(_) => None,
        }
    }
}
