//! FLV from a pipe, as an encoder or a publisher sends it, on its way to viewers and to a file. The
//! first byte decides how the others are cut.
//!
//! - The way the bytes are cut changes neither the tags nor the error.
//! - A live stream takes every tag.
//! - What is recorded has the same tags. The key frames that its table names are there. A file that
//!   goes on is the same as one that was written at once.
//! - Payloads that are taken for those of an encoder make tags that can be read.

use std::io::{self, Cursor, Read};
use std::time::Instant;

use rendercast::amf::Object;
use rendercast::media::flv::{IndexedWriter, Reader, StreamReader};
use rendercast::media::{AacPacker, H264Packer, Tag};
use rendercast::{LiveStream, LiveStreamConfig, Timestamp};

use super::pieces::pieces;

pub fn run(bytes: &[u8]) {
    let Some((&cut, bytes)) = bytes.split_first() else { return };
    let (tags, error) = read(bytes);
    let (of_pieces, error_of_pieces) = read(Pieces(pieces(bytes, cut)));
    assert_eq!(of_pieces, tags);
    assert_eq!(error_of_pieces, error);
    let live = LiveStream::new(LiveStreamConfig::default());
    for tag in &tags {
        live.send(vec![tag.clone()], Instant::now());
    }
    assert_recorded(&tags);
    pack(bytes);
}

/// An input that gives one piece after the other.
struct Pieces<'a>(Vec<&'a [u8]>);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.retain(|piece| !piece.is_empty());
        match self.0.first_mut() {
            Some(piece) => piece.read(buffer),
            None => Ok(0),
        }
    }
}

fn read(input: impl Read) -> (Vec<Tag>, Option<String>) {
    let mut reader = StreamReader::new(input);
    let mut tags = Vec::new();
    loop {
        match reader.read_tag() {
            Ok(Some(tag)) => tags.push(tag),
            Ok(None) => return (tags, None),
            Err(error) => return (tags, Some(error.to_string())),
        }
    }
}

fn assert_recorded(tags: &[Tag]) {
    let output = Cursor::new(Vec::new());
    let mut writer =
        IndexedWriter::new(output, &Object::new(), true, true).expect("memory has room");
    for tag in tags {
        writer.write(tag).expect("what was read can be written");
    }
    writer.finish().expect("memory has room");
    let file = writer.into_inner().into_inner();
    assert!(recorded_twice(tags) == file, "it is not the same in two recordings");
    let reader = Reader::new(Cursor::new(&file)).expect("a file");
    let recorded: Vec<Tag> = reader.skip(1).map(|tag| tag.expect("a whole tag")).collect();
    assert_eq!(recorded, tags);
    let mut reader = Reader::new(Cursor::new(&file)).expect("a file");
    for key_frame in
        reader.key_frames_from_metadata().expect("memory can be read").into_iter().flatten()
    {
        reader.seek(key_frame.offset).expect("memory can be sought in");
        let tag = reader.read_tag().expect("a whole tag").expect("a tag");
        assert!(tag.is_key_frame() && tag.timestamp == key_frame.timestamp);
    }
}

/// Records one half, and lets the file go on with the other.
fn recorded_twice(tags: &[Tag]) -> Vec<u8> {
    let (first, second) = tags.split_at(tags.len() / 2);
    let output = Cursor::new(Vec::new());
    let mut writer =
        IndexedWriter::new(output, &Object::new(), true, true).expect("memory has room");
    for tag in first {
        writer.write(tag).expect("what was read can be written");
    }
    writer.finish().expect("memory has room");
    let resumed = IndexedWriter::resume(writer.into_inner()).expect("what we write can be read");
    let mut writer = resumed.expect("it has room");
    for tag in second {
        writer.write(tag).expect("what was read can be written");
    }
    writer.finish().expect("memory has room");
    writer.into_inner().into_inner()
}

fn pack(bytes: &[u8]) {
    let mut packer = H264Packer::new();
    let mut tags = packer.pack(bytes, Timestamp(0), -1);
    tags.extend(AacPacker::new().pack(bytes, Timestamp(u32::MAX)));
    for tag in tags {
        assert!(tag.payload.len() <= bytes.len() + 64 + bytes.len(), "it grows");
    }
}
