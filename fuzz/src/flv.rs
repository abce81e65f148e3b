//! FLV files, read tag by tag and whole.
//!
//! - Both ways find the same tags, up to the first damage.
//! - Wherever a viewer goes, there is a tag with headers of its kind before it.
//! - Key frames that are listed can be gone to.
//! - What was read can be written, and is then read as before.
//! - A file can go on, if it can, within its bytes.

use std::io::Cursor;

use bytes::Bytes;
use rendercast::media::flv::{File, IndexedWriter, Place, Reader, Writer};
use rendercast::media::{AudioHeader, Tag, TagKind, VideoHeader};
use rendercast::protocol::Timestamp;

pub fn run(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(Cursor::new(bytes)) else {
        assert!(File::from_bytes(Bytes::copy_from_slice(bytes)).is_err());
        return;
    };
    let mut tags = Vec::new();
    let mut error = None;
    let mut regular = 0;
    while let Some(tag) = reader.next() {
        match tag {
            Ok(tag) => tags.push(tag),
            Err(failure) => error = Some(failure),
        }
        if reader.wrong_back_pointers() == 0 && reader.skipped_tags() == 0 {
            regular = tags.len();
        }
    }
    let is_regular = error.is_none() && regular == tags.len() && ends_with_pointer(bytes, &tags);
    let total: usize = tags.iter().map(|tag| tag.payload.len()).sum();
    assert!(total <= bytes.len(), "no byte is read twice");
    for tag in &tags {
        let _ = (VideoHeader::parse(&tag.payload), AudioHeader::parse(&tag.payload));
    }
    key_frames_can_be_gone_to(&mut reader);
    match File::from_bytes(Bytes::copy_from_slice(bytes)) {
        Ok(file) => {
            if is_regular {
                assert_same(&file, &tags);
            } else {
                assert_starts_alike(&file, tags.get(..regular).unwrap_or(&tags));
            }
            walk(&file);
        }
        // It may have gone on behind the damage that the reader names or reads as a tag.
        Err(failure) => assert!(!is_regular, "the reader finds nothing wrong: {failure:?}"),
    }
    survive_writing(&tags);
    if let Ok(Some(writer)) = IndexedWriter::resume(Cursor::new(bytes.to_vec())) {
        assert!(writer.length() <= bytes.len() as u64);
    }
}

fn assert_same(file: &File, tags: &[Tag]) {
    assert_eq!(file.len(), tags.len() as u64);
    assert!(file.tags_from(Place::START).eq(tags.iter().cloned()));
}

/// Returns whether the last tag has its back pointer.
fn ends_with_pointer(bytes: &[u8], tags: &[Tag]) -> bool {
    let length = tags.last().map_or(0, |tag| 11 + tag.payload.len());
    u32::try_from(length).is_ok_and(|length| bytes.ends_with(&length.to_be_bytes()))
}

/// The file goes on where the reader stops. It also goes on within a tag that hides others, which
/// the reader reads as one: so the last tag of these may be damaged.
fn assert_starts_alike(file: &File, tags: &[Tag]) {
    let whole = tags.split_last().map_or(tags, |(_, whole)| whole);
    let found: Vec<Tag> = file.tags_from(Place::START).take(whole.len()).collect();
    assert_eq!(found, whole);
}

fn key_frames_can_be_gone_to(reader: &mut Reader<Cursor<&[u8]>>) {
    let key_frames = reader.key_frames().expect("memory can be read");
    for key_frame in &key_frames {
        reader.seek(key_frame.offset).expect("memory can be read");
        // Its body may be cut off.
        if let Ok(tag) = reader.read_tag() {
            let tag = tag.expect("a key frame is a tag");
            assert_eq!((tag.kind, tag.timestamp), (TagKind::Video, key_frame.timestamp));
        }
    }
    reader.rewind().expect("memory can be read");
}

/// As a viewer's playhead does.
fn walk(file: &File) {
    let length = u32::try_from(file.duration().as_millis()).unwrap_or(u32::MAX);
    let metadata = file.metadata_for_play();
    assert!(!metadata.payload.is_empty());
    let nowhere = [Timestamp(0), Timestamp(u32::MAX), Timestamp(u32::MAX / 2 + 1)];
    let steps = (0..=8).map(|step| Timestamp((u64::from(length) * step / 8) as u32));
    for target in steps.chain(nowhere) {
        let start = file.seek(target).expect("memory can be read");
        assert!(file.tags_from(start.place).next().is_some() || file.is_empty());
        assert!(start.pictures.len() <= 32);
        assert!(start.pictures.iter().all(|tag| tag.kind == TagKind::Video));
        let headers = file.headers_at(start.place).expect("memory can be read");
        let next = file.key_frame_at_or_after(target).expect("memory can be read");
        assert!(next.is_none_or(|place| file.tags_from(place).next().is_some()));
        assert!(headers.video.iter().all(|tag| tag.kind == TagKind::Video));
        assert!(headers.audio.iter().all(|tag| tag.kind == TagKind::Audio));
    }
    assert_eq!(file.tags_from(Place::START).count() as u64, file.len());
    let damage = file.damage().and_then(|damage| damage.offset());
    assert!(damage.is_none_or(|offset| offset <= file.size()));
}

fn survive_writing(tags: &[Tag]) {
    let mut writer = Writer::new(Vec::new(), true, true).expect("memory can be written");
    for tag in tags {
        writer.write(tag).expect("what was read can be written");
    }
    let written = Bytes::from(writer.into_inner());
    match File::from_bytes(written) {
        Ok(file) => {
            assert!(file.damage().is_none());
            assert_same(&file, tags);
        }
        Err(error) => panic!("what we write cannot be read: {error:?}"),
    }
}
