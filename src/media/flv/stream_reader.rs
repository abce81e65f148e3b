//! Reads FLV from a pipe, a socket, or anything else that cannot seek.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};

use super::header::{FileHeader, MAX_BODY_LENGTH, SIGNATURE, TAG_HEADER_LENGTH, TagHeader};
use super::{Error, OtherFormat};
use crate::media::Tag;
use crate::protocol::wire;

/// The length of the back pointer (PreviousTagSize) before each tag, in bytes.
const BACK_POINTER: usize = 4;

/// How much is read at once, in bytes. So a false length allocates no more than this.
const READ_BYTES: usize = 64 * 1024;

/// Reads the tags of FLV from an input that cannot seek: a pipe, a socket, standard input.
/// [`Reader`](super::Reader) reads files.
///
/// An error of the input loses nothing: the next call goes on where it came. So inputs with a
/// timeout, and those that do not block, may be read as well.
///
/// Holds one tag at a time, of up to [`max_tag_bytes`](Self::max_tag_bytes), and grows no faster
/// than the bytes come. Tags of an unknown type are skipped. Back pointers are not looked at.
///
/// ```no_run
/// use std::io::stdin;
/// use std::time::Instant;
///
/// use rendercast::media::flv;
/// use rendercast::{End, LiveStream, LiveStreamConfig};
///
/// let live = LiveStream::new(LiveStreamConfig::default());
/// for tag in flv::StreamReader::new(stdin().lock()) {
///     live.send(vec![tag?], Instant::now());
/// }
/// live.end(End::Complete);
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Debug)]
pub struct StreamReader<R> {
    input: R,
    /// What was read and not used yet.
    buffer: BytesMut,
    /// The offset of the buffer in the input, in bytes.
    offset: u64,
    header: Option<FileHeader>,
    /// How many bytes are skipped before the next tag.
    to_skip: u64,
    max_tag_bytes: u32,
    has_ended: bool,
    failed: bool,
}

impl<R: Read> StreamReader<R> {
    /// Makes a reader that has read nothing.
    pub fn new(input: R) -> Self {
        Self {
            input,
            buffer: BytesMut::new(),
            offset: 0,
            header: None,
            to_skip: 0,
            max_tag_bytes: MAX_BODY_LENGTH,
            has_ended: false,
            failed: false,
        }
    }

    /// Sets the longest payload of a tag, in bytes. Defaults to 16 MiB, which is also the most.
    #[must_use]
    pub fn max_tag_bytes(mut self, bytes: u32) -> Self {
        self.max_tag_bytes = bytes.min(MAX_BODY_LENGTH);
        self
    }

    /// Returns the header of the file. Returns `None` before the first tag was read.
    #[must_use]
    pub const fn header(&self) -> Option<FileHeader> {
        self.header
    }

    /// Reads the next tag. Returns `None` at the end of the input. Blocks for as long as the input
    /// does.
    ///
    /// # Errors
    /// [`Error::Io`], after which the call may be repeated. After all others, the input cannot be
    /// read on: [`Error::NotFlv`], [`Error::Truncated`] if the input ends within a tag,
    /// [`Error::Corrupt`] if there is no tag or a longer one than is allowed, [`Error::Encrypted`].
    pub fn read_tag(&mut self) -> Result<Option<Tag>, Error> {
        self.read_file_header()?;
        loop {
            if !self.skip()? || !self.fill_to(TAG_HEADER_LENGTH as usize)? {
                return match self.buffer.is_empty() {
                    true => Ok(None),
                    false => Err(Error::Truncated { offset: self.offset }),
                };
            }
            let offset = self.offset;
            let truncated = |_| Error::Truncated { offset };
            let header =
                TagHeader::read(&mut wire::Reader::new(&self.buffer)).map_err(truncated)?;
            let Some(kind) = header.kind() else {
                self.to_skip = u64::from(TAG_HEADER_LENGTH)
                    .saturating_add(header.body_length.into())
                    .saturating_add(BACK_POINTER as u64);
                continue;
            };
            if header.is_encrypted() {
                return Err(Error::Encrypted { offset });
            }
            if !header.is_plausible() || header.body_length > self.max_tag_bytes {
                return Err(Error::Corrupt { offset });
            }
            let length = TAG_HEADER_LENGTH.saturating_add(header.body_length) as usize;
            if !self.fill_to(length)? {
                return Err(Error::Truncated { offset });
            }
            let mut tag = self.take(length);
            self.to_skip = BACK_POINTER as u64;
            let payload = tag.split_off(TAG_HEADER_LENGTH as usize);
            return Ok(Some(Tag { kind, timestamp: header.timestamp, payload }));
        }
    }

    /// Returns the input. What was read of it and not used is lost.
    pub fn into_inner(self) -> R {
        self.input
    }

    fn read_file_header(&mut self) -> Result<(), Error> {
        if self.header.is_some() {
            return Ok(());
        }
        let has_header = self.fill_to(FileHeader::LENGTH as usize)?;
        let mut reader = wire::Reader::new(&self.buffer);
        if reader.take(SIGNATURE.len()) != Ok(&SIGNATURE) {
            // More may not come, and how much has come must not change the error.
            let head = self.buffer.get(..FileHeader::LENGTH as usize).unwrap_or(&self.buffer);
            return Err(Error::NotFlv { looks_like: OtherFormat::sniff(head) });
        }
        let truncated = |_| Error::Truncated { offset: 0 };
        let header = FileHeader::read(&mut reader).map_err(truncated)?;
        if !has_header {
            return Err(Error::Truncated { offset: 0 });
        }
        if header.data_offset < FileHeader::LENGTH {
            return Err(Error::Corrupt { offset: 0 });
        }
        self.header = Some(header);
        self.to_skip = u64::from(header.data_offset).saturating_add(BACK_POINTER as u64);
        Ok(())
    }

    /// Skips what precedes the next tag. Returns `false` if the input ends before that.
    fn skip(&mut self) -> Result<bool, Error> {
        while self.to_skip > 0 {
            let skipped = self.to_skip.min(self.buffer.len() as u64);
            drop(self.take(usize::try_from(skipped).unwrap_or(usize::MAX)));
            self.to_skip = self.to_skip.saturating_sub(skipped);
            if self.to_skip > 0 && !self.fill()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads on until the buffer has `length` bytes. Returns `false` if the input ends before that.
    fn fill_to(&mut self, length: usize) -> Result<bool, Error> {
        while self.buffer.len() < length {
            if !self.fill()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads once. Returns `false` at the end of the input.
    fn fill(&mut self) -> Result<bool, Error> {
        if self.has_ended {
            return Ok(false);
        }
        let length = self.buffer.len();
        self.buffer.resize(length.saturating_add(READ_BYTES), 0);
        let space = self.buffer.get_mut(length..).unwrap_or_default();
        let read = loop {
            match self.input.read(space) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let count = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(length.saturating_add(count));
        self.has_ended = read? == 0;
        Ok(!self.has_ended)
    }

    fn take(&mut self, length: usize) -> Bytes {
        self.offset = self.offset.saturating_add(length as u64);
        self.buffer.split_to(length.min(self.buffer.len())).freeze()
    }
}

impl<R: Read> Iterator for StreamReader<R> {
    type Item = Result<Tag, Error>;

    /// Ends after the first error but those of the input.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let tag = self.read_tag();
        self.failed = tag.as_ref().is_err_and(|error| !matches!(error, Error::Io(_)));
        tag.transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{Error, READ_BYTES, StreamReader};
    use crate::media::flv::{OtherFormat, samples};

    /// An input that gives one byte, then fails, in turn.
    struct Reluctant<'a> {
        bytes: &'a [u8],
        fails: bool,
    }

    impl Read for Reluctant<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.fails = !self.fails;
            if self.fails {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let length = self.bytes.len().min(1);
            self.bytes.read(&mut buffer[..length])
        }
    }

    #[test]
    fn tags_are_read_however_they_come() {
        let tags = samples::tags();
        let bytes = samples::write(&tags);
        let read: Vec<_> = StreamReader::new(&bytes[..]).map(Result::unwrap).collect();
        assert_eq!(read, tags);
        let mut reader = StreamReader::new(Reluctant { bytes: &bytes, fails: false });
        let mut read = Vec::new();
        let mut errors = 0;
        loop {
            match reader.read_tag() {
                Ok(Some(tag)) => read.push(tag),
                Ok(None) => break,
                Err(Error::Io(_)) => errors += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(read, tags);
        assert_eq!(errors, bytes.len() + 1);
    }

    #[test]
    fn an_input_that_is_cut_off_is_told() {
        let tags = samples::tags();
        let (bytes, offsets) = (samples::write(&tags), samples::offsets(&tags));
        for length in 0..bytes.len() {
            let outcome: Result<Vec<_>, _> = StreamReader::new(&bytes[..length]).collect();
            // A tag is whole without the back pointer behind it.
            let is_whole = length >= 9
                && offsets
                    .iter()
                    .any(|offset| (offset.saturating_sub(4)..=*offset).contains(&length));
            assert_eq!(outcome.is_ok(), is_whole, "{length}: {outcome:?}");
        }
    }

    #[test]
    fn what_is_no_flv_is_told() {
        let mut reader = StreamReader::new(&b"<html>not found</html>"[..]);
        let error = reader.next().unwrap().unwrap_err();
        assert!(matches!(error, Error::NotFlv { looks_like: OtherFormat::Text }), "{error}");
        assert!(reader.next().is_none(), "it does not go on");
        // However the bytes come, the error is the same.
        let mut packets = [0; 376];
        packets[0] = 0x47;
        let error = StreamReader::new(&packets[..]).next().unwrap().unwrap_err();
        assert!(matches!(error, Error::NotFlv { looks_like: OtherFormat::MpegTs }), "{error}");
    }

    #[test]
    fn a_tag_may_be_too_long_and_a_false_length_allocates_nothing() {
        let tags = samples::tags();
        let bytes = samples::write(&tags);
        let mut reader = StreamReader::new(&bytes[..]).max_tag_bytes(4);
        assert!(matches!(reader.read_tag(), Err(Error::Corrupt { offset: 13 })));
        let mut bytes = bytes[..13].to_vec();
        bytes.extend([9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x17]);
        let mut reader = StreamReader::new(&bytes[..]);
        assert!(matches!(reader.read_tag(), Err(Error::Truncated { offset: 13 })));
        assert!(reader.buffer.capacity() <= 2 * READ_BYTES, "{}", reader.buffer.capacity());
    }

    #[test]
    fn tags_of_an_unknown_type_are_skipped() {
        let tags = samples::tags();
        let mut bytes = samples::write(&tags[..1]);
        bytes.extend([15, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 7, 0, 0, 0, 13]);
        bytes.extend(&samples::write(&tags[1..])[13..]);
        let read: Vec<_> = StreamReader::new(&bytes[..]).map(Result::unwrap).collect();
        assert_eq!(read, tags);
    }
}
