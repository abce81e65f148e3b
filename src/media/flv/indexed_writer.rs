//! Writes an FLV file whose metadata get the duration and the key frames at its end.

use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;

use super::Error;
use super::header::{FileHeader, MAX_BODY_LENGTH, TAG_HEADER_LENGTH};
use super::key_frame_table::KeyFrameTable;
use super::metadata::plain_members;
use super::writer::write_tag;
use super::written_file::WrittenFile;
use crate::media::{Tag, TagKind, on_metadata};
use crate::protocol::Timestamp;
use crate::protocol::amf::Object;

/// Written to the output in one piece, or at a flush.
const BUFFER_BYTES: usize = 64 * 1024;

/// The members of the metadata that the writer sets itself.
const OWN_MEMBERS: [&str; 4] = ["duration", "filesize", "lasttimestamp", "keyframes"];

/// Writes an FLV file that players can seek in. Its metadata come first, and have room for the
/// duration and a table of key frames. [`finish`](Self::finish) fills them in.
///
/// A file that is never finished plays all the same, but has no duration.
///
/// ```
/// use std::fs::File;
/// use std::io::Cursor;
///
/// use rendercast::amf::Object;
/// use rendercast::media::flv;
///
/// let reader = flv::Reader::new(File::open("tests/assets/h264_aac.flv")?)?;
/// let members = Object::new().with("title", "a copy that can be sought in");
/// let mut writer = flv::IndexedWriter::new(Cursor::new(Vec::new()), &members, true, true)?;
/// for tag in reader {
///     writer.write(&tag?)?;
/// }
/// writer.finish()?;
/// let file = writer.into_inner().into_inner();
/// let mut reader = flv::Reader::new(Cursor::new(file))?;
/// assert!(reader.key_frames_from_metadata()?.is_some());
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Debug)]
pub struct IndexedWriter<W> {
    output: W,
    /// What was not written to the output yet: whole tags.
    buffer: Vec<u8>,
    /// The length of what was written to the output, in bytes.
    written: u64,
    members: Object,
    has_audio: bool,
    has_video: bool,
    key_frames: KeyFrameTable,
    /// The latest timestamp of audio and video.
    last: Timestamp,
    /// The same of what was written to the output.
    last_written: Timestamp,
}

impl<W: Write + Seek> IndexedWriter<W> {
    /// Begins a file at the present position of `output`, which must be its start.
    ///
    /// `metadata` are the members of the first `onMetaData`. Only numbers, booleans and short texts
    /// are taken. `has_audio` and `has_video` are what is expected: the end corrects them.
    ///
    /// # Errors
    /// Those of `output`.
    pub fn new(output: W, metadata: &Object, has_audio: bool, has_video: bool) -> io::Result<Self> {
        let mut writer = Self {
            output,
            buffer: Vec::new(),
            written: 0,
            members: own_members_removed(metadata),
            has_audio: false,
            has_video: false,
            key_frames: KeyFrameTable::default(),
            last: Timestamp(0),
            last_written: Timestamp(0),
        };
        writer.buffer = writer.head(FileHeader::new(has_audio, has_video), 0)?;
        writer.flush()?;
        Ok(writer)
    }

    /// Appends a tag. Writes to the output once 64 KiB have come together.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if the payload is longer than 16 MiB, which FLV cannot hold.
    /// All other errors are those of the output. [`discard`](Self::discard) makes it possible to
    /// finish a file after these.
    pub fn write(&mut self, tag: &Tag) -> io::Result<()> {
        let offset = self.length();
        write_tag(&mut self.buffer, tag)?;
        match tag.kind {
            TagKind::Audio => self.has_audio = true,
            TagKind::Video => self.has_video = true,
            TagKind::Script => {}
        }
        if tag.kind != TagKind::Script && tag.timestamp.0 > self.last.0 {
            self.last = tag.timestamp;
        }
        if tag.is_key_frame() {
            self.key_frames.note(tag.timestamp.0, offset);
        }
        if self.buffer.len() >= BUFFER_BYTES {
            return self.flush();
        }
        Ok(())
    }

    /// Writes all that was appended to the output, and flushes that.
    ///
    /// # Errors
    /// Those of the output.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.write_all(&self.buffer)?;
        self.written = self.written.saturating_add(self.buffer.len() as u64);
        self.buffer.clear();
        self.last_written = self.last;
        self.output.flush()
    }

    /// Returns the length of the file so far, in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.written.saturating_add(self.buffer.len() as u64)
    }

    /// Returns whether audio was appended.
    #[must_use]
    pub const fn has_audio(&self) -> bool {
        self.has_audio
    }

    /// Returns whether video was appended.
    #[must_use]
    pub const fn has_video(&self) -> bool {
        self.has_video
    }

    /// Returns the latest timestamp of audio and video so far.
    #[must_use]
    pub const fn last_timestamp(&self) -> Timestamp {
        self.last
    }

    /// Forgets what the output has not taken, after an error. Returns the length at which the
    /// caller must cut the output off: it may hold a part of a tag behind that.
    pub fn discard(&mut self) -> u64 {
        self.buffer = Vec::new();
        self.last = self.last_written;
        self.key_frames.cut(self.written);
        self.written
    }

    /// Fills in the duration and the key frames. Leaves the output behind the last tag.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(&mut self) -> io::Result<()> {
        self.flush()?;
        let head = self.head(FileHeader::new(self.has_audio, self.has_video), self.written)?;
        self.output.seek(SeekFrom::Start(0))?;
        self.output.write_all(&head)?;
        self.output.seek(SeekFrom::End(0))?;
        self.output.flush()
    }

    /// Returns a reference to the output.
    pub const fn get_ref(&self) -> &W {
        &self.output
    }

    /// Returns the output. What was not flushed is lost.
    pub fn into_inner(self) -> W {
        self.output
    }

    /// Returns the file's header and its metadata. Their length is the same for each file of this
    /// writer.
    fn head(&self, header: FileHeader, length: u64) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        header.write(&mut head);
        head.extend([0; 4]);
        let payload = self.metadata(length);
        debug_assert!(payload.len() < MAX_BODY_LENGTH.saturating_sub(TAG_HEADER_LENGTH) as usize);
        write_tag(&mut head, &Tag { kind: TagKind::Script, timestamp: Timestamp(0), payload })?;
        Ok(head)
    }

    fn metadata(&self, length: u64) -> Bytes {
        let seconds = f64::from(self.last.0) / 1000.0;
        let members = self.members.clone();
        on_metadata(
            members
                .with("duration", seconds)
                .with("filesize", length as f64)
                .with("lasttimestamp", seconds)
                .with("keyframes", self.key_frames.to_value()),
        )
    }
}

impl<W: Read + Write + Seek> IndexedWriter<W> {
    /// Goes on with a file that another writer of this type has begun, behind its last whole tag.
    /// Its metadata stay, and get the duration and the key frames of the whole at the end.
    ///
    /// Returns `None` for a file whose metadata have no room for that, as those of other programs.
    /// Of a file that was finished it reads the first and the last tag, and of any other all tags.
    /// The caller must cut the output off at [`length`](Self::length): it may hold a part of a tag
    /// behind that.
    ///
    /// # Errors
    /// It is no FLV file, it is damaged, or it cannot be read.
    pub fn resume(mut output: W) -> Result<Option<Self>, Error> {
        let Some(file) = WrittenFile::read(&mut output)? else { return Ok(None) };
        output.seek(SeekFrom::Start(file.end))?;
        let header = FileHeader::new(file.has_audio, file.has_video);
        let writer = Self {
            output,
            buffer: Vec::new(),
            written: file.end,
            members: own_members_removed(&file.members),
            has_audio: file.has_audio,
            has_video: file.has_video,
            key_frames: file.key_frames,
            last: file.last,
            last_written: file.last,
        };
        let has_room = writer.head(header, 0)?.len() as u64 == file.head_length;
        Ok(Some(writer).filter(|_| has_room))
    }
}

/// Returns the members of metadata that a writer takes from others.
fn own_members_removed(metadata: &Object) -> Object {
    plain_members(metadata.iter(), |name, _| !OWN_MEMBERS.contains(&name))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Seek, SeekFrom, Write};

    use super::IndexedWriter;
    use crate::media::Tag;
    use crate::media::flv::{File, Reader, samples};
    use crate::protocol::amf::{Object, Value};

    fn write(tags: &[Tag], metadata: &Object, finish: bool) -> Vec<u8> {
        let output = Cursor::new(Vec::new());
        let mut writer = IndexedWriter::new(output, metadata, true, true).unwrap();
        for tag in tags {
            writer.write(tag).unwrap();
        }
        if finish {
            writer.finish().unwrap();
        } else {
            writer.flush().unwrap();
        }
        writer.into_inner().into_inner()
    }

    fn read(bytes: &[u8]) -> Vec<Tag> {
        Reader::new(Cursor::new(bytes)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn a_finished_file_has_its_tags_its_duration_and_its_key_frames() {
        let tags = &samples::tags()[1..];
        let told = Object::new().with("width", 640.0).with("duration", 9.0).with("x", Value::Null);
        let bytes = write(tags, &told, true);
        assert_eq!(read(&bytes)[1..], *tags);
        let mut reader = Reader::new(Cursor::new(&bytes[..])).unwrap();
        let key_frames = reader.key_frames_from_metadata().unwrap().expect("a right table");
        assert_eq!(key_frames.iter().map(|key| key.timestamp.0).collect::<Vec<_>>(), [0, 800]);
        let metadata = crate::media::flv::metadata::decode(&read(&bytes)[0].payload).unwrap();
        assert_eq!(metadata.get("width"), Some(&Value::Number(640.0)));
        assert_eq!(metadata.get("duration"), Some(&Value::Number(1.2)));
        assert_eq!(metadata.get("filesize"), Some(&Value::Number(bytes.len() as f64)));
        assert_eq!(metadata.get("x"), None);
    }

    #[test]
    fn a_file_that_is_not_finished_plays() {
        let tags = &samples::tags()[1..];
        let bytes = write(tags, &Object::new(), false);
        assert_eq!(read(&bytes)[1..], *tags);
        let cut = &bytes[..bytes.len() - 7];
        assert!(File::from_bytes(cut.to_vec().into()).is_ok_and(|file| file.has_video()));
    }

    #[test]
    fn the_header_says_what_came() {
        let sound = [samples::audio(0, b"\xaf\x01sound")];
        let bytes = write(&sound, &Object::new(), true);
        let header = Reader::new(Cursor::new(&bytes[..])).unwrap().header();
        assert!(header.has_audio && !header.has_video);
    }

    /// An output that has room for so many bytes.
    struct Full {
        bytes: Cursor<Vec<u8>>,
        room: u64,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let left = self.room.saturating_sub(self.bytes.position());
            match left.min(bytes.len() as u64) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                taken => self.bytes.write(&bytes[..taken as usize]),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Full {
        fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
            self.bytes.seek(position)
        }
    }

    #[test]
    fn a_file_can_be_finished_after_the_output_is_full() {
        let output = Full { bytes: Cursor::new(Vec::new()), room: 200_000 };
        let mut writer = IndexedWriter::new(output, &Object::new(), false, true).unwrap();
        let mut written = 0;
        let error = loop {
            let tag = samples::video(written * 40, &[&b"\x17\x01\0\0\0"[..], &[7; 1000]].concat());
            match writer.write(&tag) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let end = writer.discard();
        writer.output.bytes.get_mut().truncate(end as usize);
        writer.finish().unwrap();
        let bytes = writer.into_inner().bytes.into_inner();
        let tags = read(&bytes);
        assert!(tags.len() > 100 && tags.len() <= written as usize + 1, "{}", tags.len());
        let mut reader = Reader::new(Cursor::new(&bytes[..])).unwrap();
        let key_frames = reader.key_frames_from_metadata().unwrap().expect("a right table");
        assert_eq!(key_frames.len(), tags.len() - 1);
    }

    /// Goes on with a file, and finishes it. Returns `None` if that cannot be.
    fn append(bytes: &[u8], tags: &[Tag]) -> Option<Vec<u8>> {
        let mut writer = IndexedWriter::resume(Cursor::new(bytes.to_vec())).unwrap()?;
        let length = writer.length() as usize;
        writer.output.get_mut().truncate(length);
        for tag in tags {
            writer.write(tag).unwrap();
        }
        writer.finish().unwrap();
        Some(writer.into_inner().into_inner())
    }

    fn later(tags: &[Tag]) -> Vec<Tag> {
        let later = |tag: &Tag| {
            let timestamp = crate::protocol::Timestamp(tag.timestamp.0 + 5000);
            Tag { timestamp, ..tag.clone() }
        };
        tags.iter().map(later).collect()
    }

    #[test]
    fn a_file_that_is_continued_is_as_if_it_was_written_at_once() {
        let tags = &samples::tags()[1..];
        let told = Object::new().with("width", 640.0).with("title", "a film");
        let more = later(tags);
        let expected = write(&[tags, &more].concat(), &told, true);
        let finished = write(tags, &told, true);
        let unfinished = write(tags, &told, false);
        let killed = [&finished[..], &unfinished[unfinished.len() - 300..]].concat();
        let torn = |bytes: &[u8], part: &[u8]| [bytes, part].concat();
        for (what, bytes) in [
            ("finished", finished.clone()),
            ("not finished", unfinished.clone()),
            ("with a part of a tag", torn(&finished, &[9, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 1])),
            ("not finished, with a part of a tag", torn(&unfinished, &[9, 0, 0, 200])),
        ] {
            assert_eq!(append(&bytes, &more).as_ref(), Some(&expected), "{what}");
        }
        // What a killed process had appended to a finished file.
        let mut begun = IndexedWriter::resume(Cursor::new(finished)).unwrap().unwrap();
        begun.write(&more[0]).unwrap();
        begun.flush().unwrap();
        let begun = begun.into_inner().into_inner();
        assert_eq!(append(&begun, &more[1..]), Some(expected));
        assert!(IndexedWriter::resume(Cursor::new(killed)).is_err(), "damaged behind its end");
    }

    #[test]
    fn a_file_that_lost_its_end_is_read_anew() {
        let tags = &samples::tags()[1..];
        let finished = write(tags, &Object::new(), true);
        let cut = &finished[..finished.len() - 7];
        let expected = write(&tags[..tags.len() - 1], &Object::new(), true);
        assert_eq!(append(cut, &[]), Some(expected));
    }

    #[test]
    fn a_file_without_room_for_key_frames_cannot_be_continued_in_place() {
        let mut writer = crate::media::flv::Writer::new(Vec::new(), true, true).unwrap();
        for tag in samples::tags() {
            writer.write(&tag).unwrap();
        }
        assert_eq!(append(&writer.into_inner(), &[]), None);
        assert!(IndexedWriter::resume(Cursor::new(b"no FLV file".to_vec())).is_err());
    }
}
