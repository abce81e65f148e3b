//! MP4 files, played as the tags of an FLV file that FFmpeg would make of them with `-c copy`.
//!
//! H.264 and AAC or MP3 become what FLV always had. HEVC, AV1, Opus, AC-3 and E-AC-3 become tags of
//! Enhanced RTMP. Tracks of other codecs are left out.

mod boxes;
mod edits;
mod error;
mod file;
mod format;
mod fragment;
mod gaps;
mod movie;
mod reading;
mod sample;
mod sample_table;
mod seek;
mod tracks;

pub use error::Error;
pub use file::File;

pub(crate) use file::is_mp4;
pub(crate) use reading::Reading;
