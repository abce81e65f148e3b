//! Writes an FLV file tag by tag.

use std::io::{self, Write};

use bytes::BufMut;

use super::FileHeader;
use super::header::{MAX_BODY_LENGTH, TAG_HEADER_LENGTH, TagHeader};
use crate::media::Tag;

/// Writes an FLV file's header, then its tags.
///
/// Writes each tag at once. Use a [`std::io::BufWriter`] to save system calls.
///
/// ```
/// use std::fs::File;
///
/// use rendercast::media::{TagKind, flv};
///
/// // The sound of a file alone.
/// let reader = flv::Reader::new(File::open("tests/assets/h264_aac.flv")?)?;
/// let mut writer = flv::Writer::new(Vec::new(), true, false)?;
/// for tag in reader {
///     let tag = tag?;
///     if tag.kind == TagKind::Audio {
///         writer.write(&tag)?;
///     }
/// }
/// let sound = flv::File::from_bytes(writer.into_inner().into())?;
/// assert!(sound.has_audio() && !sound.has_video());
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
}

impl<W: Write> Writer<W> {
    /// Writes the header, which announces the kinds of tags.
    ///
    /// # Errors
    /// Those of `output`.
    pub fn new(mut output: W, has_audio: bool, has_video: bool) -> io::Result<Self> {
        let mut bytes = Vec::new();
        FileHeader::new(has_audio, has_video).write(&mut bytes);
        bytes.put_u32(0);
        output.write_all(&bytes)?;
        Ok(Self { output })
    }

    /// Appends a tag.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if the payload is longer than 16 MiB, which FLV cannot hold.
    /// Nothing is written then. All other errors are those of `output`.
    pub fn write(&mut self, tag: &Tag) -> io::Result<()> {
        write_tag(&mut self.output, tag)
    }

    /// Flushes the output.
    ///
    /// # Errors
    /// Those of the output.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// Returns the output.
    pub fn into_inner(self) -> W {
        self.output
    }
}

/// Writes a tag and its back pointer. Writes nothing if the payload is too long.
pub(super) fn write_tag(output: &mut impl Write, tag: &Tag) -> io::Result<()> {
    let length = u32::try_from(tag.payload.len()).unwrap_or(u32::MAX);
    if length > MAX_BODY_LENGTH {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("a tag of {length} bytes does not fit into an FLV file (at most 16 MiB)"),
        ));
    }
    let mut header = Vec::new();
    TagHeader::new(tag.kind, length, tag.timestamp).write(&mut header);
    let back_pointer = length.saturating_add(TAG_HEADER_LENGTH);
    output.write_all(&header)?;
    output.write_all(&tag.payload)?;
    output.write_all(&back_pointer.to_be_bytes())
}
