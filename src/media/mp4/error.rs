//! Why an MP4 file cannot be played.

use std::io;

/// Why an MP4 file cannot be played. The messages have no path: the caller adds it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `moov` box. A recording that was not finished has none.
    #[error("the MP4 file has no index (moov): it is cut off, or was not finished")]
    NoIndex,
    /// A box cannot be read.
    #[error("the MP4 file is damaged: its {name} box cannot be read")]
    Damaged {
        /// The name of the box.
        name: &'static str,
    },
    /// The file has no track that RTMP can carry.
    #[error("the MP4 file has no track of H.264, HEVC, AV1, AAC, MP3, Opus, AC-3 or E-AC-3")]
    NoTrack,
    /// The index is longer than any that makes sense, or has more samples.
    #[error("the index of the MP4 file is too long")]
    TooLong,
    /// A frame is longer than a message of RTMP or a tag of FLV can be.
    #[error("a frame of the MP4 file has {bytes} bytes: RTMP and FLV carry at most 16 MiB")]
    LongFrame {
        /// The length of the frame, in bytes.
        bytes: u32,
    },
    /// The file has become shorter while it was played.
    #[error("the file has changed while it was played: there is nothing at byte {offset}")]
    Changed {
        /// The offset of what is missing, in bytes.
        offset: u64,
    },
    /// The operating system failed to read it.
    #[error(transparent)]
    Io(#[from] io::Error),
}
