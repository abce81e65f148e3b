use std::io::Cursor;

use super::{Error, FileHeader, OtherFormat, Reader};
use crate::media::Tag;
use crate::media::flv::samples::{self, Chance};

fn open(bytes: &[u8]) -> Result<Reader<Cursor<&[u8]>>, Error> {
    Reader::new(Cursor::new(bytes))
}

/// All whole tags, and what ended them.
fn read_all(bytes: &[u8]) -> (Vec<Tag>, Option<Error>) {
    let mut tags = Vec::new();
    for tag in open(bytes).unwrap() {
        match tag {
            Ok(tag) => tags.push(tag),
            Err(error) => return (tags, Some(error)),
        }
    }
    (tags, None)
}

#[test]
fn tags_are_read_byte_for_byte_as_they_were_written() {
    let tags = samples::tags();
    let (read, error) = read_all(&samples::write(&tags));
    assert_eq!(read, tags);
    assert!(error.is_none());
}

#[test]
fn a_file_without_tags_is_read() {
    let bytes = samples::write(&[]);
    assert_eq!(open(&bytes).unwrap().header(), FileHeader::new(true, true));
    assert!(matches!(read_all(&bytes), (tags, None) if tags.is_empty()));
    assert!(matches!(read_all(&bytes[..9]), (tags, None) if tags.is_empty()));
}

#[test]
fn extended_timestamps_are_read() {
    let tags = [samples::video(0x8123_4567, b"\x13"), samples::video(u32::MAX, b"\x13")];
    assert_eq!(read_all(&samples::write(&tags)).0, tags);
}

#[test]
fn a_longer_file_header_is_skipped() {
    let tags = samples::tags();
    let mut bytes = samples::write(&tags);
    bytes[8] = 12;
    bytes.splice(9..9, [0xaa; 3]);
    assert_eq!(read_all(&bytes).0, tags);
}

#[test]
fn a_file_cut_at_any_byte_yields_its_whole_tags_and_says_where_it_is_cut() {
    let tags = samples::tags();
    let offsets = samples::offsets(&tags);
    let bytes = samples::write(&tags);
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        if length < 9 {
            match open(cut).unwrap_err() {
                Error::NotFlv { looks_like: OtherFormat::Empty } => assert_eq!(length, 0),
                Error::Truncated { offset: 0 } => assert_ne!(length, 0),
                error => panic!("{length}: {error}"),
            }
            continue;
        }
        let (read, error) = read_all(cut);
        let whole = offsets[1..].iter().filter(|&&end| end - 4 <= length).count();
        assert_eq!(read, tags[..whole], "cut to {length}");
        // The end of a tag, with or without the back pointer behind it, is a fine place to end at.
        let clean = length == 9 || offsets.iter().any(|&end| end == length || end - 4 == length);
        match error {
            None => assert!(clean, "cut to {length}"),
            Some(Error::Truncated { offset }) => {
                let start = offsets[whole];
                let expected = if length < start { start - 4 } else { start };
                assert_eq!(offset, expected as u64, "cut to {length}");
            }
            Some(error) => panic!("cut to {length}: {error}"),
        }
    }
}

#[test]
fn wrong_back_pointers_before_plausible_tags_are_borne_and_counted() {
    let tags = samples::tags();
    let mut bytes = samples::write(&tags);
    let offsets = samples::offsets(&tags);
    for &end in &offsets[1..] {
        bytes[end - 4..end].fill(0);
    }
    let mut reader = open(&bytes).unwrap();
    let read: Result<Vec<Tag>, Error> = reader.by_ref().collect();
    assert_eq!(read.unwrap(), tags);
    // The last one has no tag behind it.
    assert_eq!(reader.wrong_back_pointers(), tags.len() as u64 - 1);
}

#[test]
fn garbage_after_a_wrong_back_pointer_is_corrupt() {
    let tags = samples::tags();
    let mut bytes = samples::write(&tags);
    let end = bytes.len();
    bytes.extend([0; 500]);
    let (read, error) = read_all(&bytes);
    assert_eq!(read, tags);
    // The first of the noughts pass for a tag of an unknown type, without a body.
    assert!(matches!(error, Some(Error::Corrupt { offset }) if offset == end as u64 + 15));
}

#[test]
fn tags_of_unknown_type_are_skipped_and_counted() {
    let tags = samples::tags();
    let mut bytes = samples::write(&tags);
    bytes.splice(13..13, *b"\x0f\0\0\x02\0\0\0\0\0\0\0xx\0\0\0\x0d");
    let mut reader = open(&bytes).unwrap();
    let read: Result<Vec<Tag>, Error> = reader.by_ref().collect();
    assert_eq!(read.unwrap(), tags);
    assert_eq!((reader.skipped_tags(), reader.wrong_back_pointers()), (1, 0));
}

#[test]
fn an_encrypted_tag_is_refused() {
    let mut bytes = samples::write(&samples::tags());
    bytes[13] |= 0x20;
    assert!(matches!(read_all(&bytes).1, Some(Error::Encrypted { offset: 13 })));
}

#[test]
fn a_header_that_overlaps_the_tags_is_corrupt() {
    let mut bytes = samples::write(&samples::tags());
    bytes[8] = 3;
    assert!(matches!(open(&bytes), Err(Error::Corrupt { offset: 3 })));
}

#[test]
fn tags_that_start_behind_the_end_are_cut_off() {
    let mut bytes = samples::write(&samples::tags());
    bytes[5] = 0x7f;
    assert!(matches!(open(&bytes), Err(Error::Truncated { offset: 0 })));
}

#[test]
fn foreign_files_are_refused_by_name() {
    let error = open(b"\0\0\0\x20ftypisom").unwrap_err();
    assert!(matches!(error, Error::NotFlv { looks_like: OtherFormat::Mp4 }));
    assert!(error.to_string().contains("MP4"));
}

#[test]
fn a_reader_seeks_to_a_tag_and_back_to_the_first() {
    let tags = samples::tags();
    let offsets = samples::offsets(&tags);
    let bytes = samples::write(&tags);
    let mut reader = open(&bytes).unwrap();
    reader.seek(offsets[7] as u64).unwrap();
    assert_eq!(reader.read_tag().unwrap().unwrap(), tags[7]);
    assert_eq!(reader.read_tag().unwrap().unwrap(), tags[8]);
    reader.seek(offsets[7] as u64 + 1).unwrap();
    assert!(matches!(reader.read_tag(), Err(Error::Corrupt { .. })));
    reader.rewind().unwrap();
    assert_eq!(reader.read_tag().unwrap().unwrap(), tags[0]);
    assert_eq!(reader.wrong_back_pointers(), 0);
}

#[test]
fn no_mutation_of_a_file_makes_the_reader_panic_or_invent_bytes() {
    let original = samples::write(&samples::tags());
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    for _ in 0..20_000 {
        let mut bytes = original.clone();
        for _ in 0..=chance.below(4) {
            let at = chance.below(bytes.len());
            bytes[at] = [0, 0xff, 8, 9, 18, chance.below(256) as u8][chance.below(6)];
        }
        bytes.truncate(bytes.len() - chance.below(20));
        if let Ok(reader) = open(&bytes) {
            let read: usize = reader.map_while(Result::ok).map(|tag| tag.payload.len()).sum();
            assert!(read < bytes.len());
        }
    }
}
