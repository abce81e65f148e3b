use std::time::Duration;

use super::{Bytes, Error, File, Headers, Next, Place, Source, Tag, TagKind, Timestamp, Value};
use crate::media::flv::PlacedTag;
use crate::media::flv::samples::{self, Chance};
use crate::protocol::amf::{Object, amf0};

fn file(tags: &[Tag]) -> File {
    File::from_bytes(samples::write(tags).into()).unwrap()
}

/// All tags of a file with their positions.
fn placed(file: &File) -> Vec<PlacedTag> {
    let (mut reading, mut place) = (file.reading(), Place::START);
    let mut tags = Vec::new();
    while let Next::Tag(tag) = reading.tag_at(place).unwrap() {
        place = tag.next;
        tags.push(tag);
    }
    tags
}

/// The place before the tag of that number.
fn place(file: &File, number: usize) -> Place {
    placed(file)[number].place
}

/// The number of the tag at a place.
fn number(file: &File, place: Place) -> usize {
    placed(file).iter().position(|tag| tag.place.offset == place.offset).unwrap()
}

#[test]
fn a_file_in_memory_gives_its_tags_without_copying_them() {
    let tags = samples::tags();
    let bytes = Bytes::from(samples::write(&tags));
    let memory = bytes.as_ptr_range();
    let file = File::from_bytes(bytes).unwrap();
    assert_eq!(file.len(), tags.len() as u64);
    let read: Vec<Tag> = file.tags_from(Place::START).collect();
    assert_eq!(read, tags);
    assert!(read.iter().all(|tag| memory.contains(&tag.payload.as_ptr())));
    assert!(file.has_audio() && file.has_video() && file.has_media());
    assert!(file.damage().is_none());
}

#[test]
fn the_duration_reaches_to_the_end_of_the_last_frame() {
    let frames: Vec<Tag> = (0..25).map(|i| samples::video(i * 40, b"\x13")).collect();
    assert_eq!(file(&frames).duration(), Duration::from_secs(1));
    assert_eq!(file(&frames[..1]).duration(), Duration::ZERO);
    assert_eq!(file(&[]).duration(), Duration::ZERO);
}

#[test]
fn metadata_are_decoded() {
    let file = file(&samples::tags());
    assert_eq!(file.metadata().unwrap().get("duration"), Some(&Value::Number(1.5)));
}

#[test]
fn players_get_an_array_of_what_there_is() {
    let mut body = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut body);
    let told = Object::new().with("audiocodecid", 10.0).with("videocodecid", 7.0);
    amf0::encode(&Value::Object(told), &mut body);
    let tags = [
        samples::tag(TagKind::Script, 0, &body),
        samples::video(500, b"\x17\x01\0\0\0"),
        samples::video(750, b"\x27\x01\0\0\0"),
    ];
    let mut expected = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut expected);
    let members = Object::new().with("videocodecid", 7.0).with("duration", 0.5);
    amf0::encode(&Value::EcmaArray(members), &mut expected);
    assert_eq!(file(&tags).metadata_for_play(), samples::tag(TagKind::Script, 500, &expected));
}

#[test]
fn sequence_headers_in_effect_are_found() {
    let mut tags = samples::tags();
    tags.insert(7, samples::video(800, b"\x17\x00\0\0\0new"));
    let file = file(&tags);
    let headers_at = |number| file.headers_at(place(&file, number)).unwrap();
    assert_eq!(headers_at(0), Headers::default());
    let video = vec![tags[1].clone()];
    assert_eq!(headers_at(2), Headers { video: video.clone(), audio: Vec::new() });
    let old = Headers { video, audio: vec![tags[2].clone()] };
    assert_eq!(headers_at(7), old);
    assert_eq!(headers_at(8), Headers { video: vec![tags[7].clone()], ..old });
}

#[test]
fn each_track_has_its_headers_and_its_key_frames() {
    // Enhanced RTMP, one track a message: the start of a sequence, then frames.
    let start = |id| samples::video(0, &[0x96, 0x00, b'a', b'v', b'0', b'1', id, 0x81]);
    let key = |time, id| samples::video(time, &[0x96, 0x01, b'a', b'v', b'0', b'1', id, 1]);
    let inter = |time, id| samples::video(time, &[0xa6, 0x01, b'a', b'v', b'0', b'1', id, 2]);
    let tags = vec![
        start(0),
        start(1),
        key(0, 0),
        key(0, 1),
        inter(40, 0),
        inter(40, 1),
        // This time the second track comes first.
        key(4_000, 1),
        key(4_000, 0),
        inter(4_040, 0),
        key(4_040, 1),
        inter(4_080, 0),
    ];
    let file = file(&tags);
    assert_eq!(file.headers_at(place(&file, 6)).unwrap().video, tags[..2]);
    assert_eq!(sought(&file, 3_000), 2);
    for position in [4_000, 4_050, 9_000] {
        assert_eq!(sought(&file, position), 6, "the key frames of both tracks follow");
    }
}

fn sought(file: &File, position: u32) -> usize {
    let target = file.seek(Timestamp(position)).unwrap();
    assert!(target.pictures.is_empty());
    assert_eq!(placed(file)[number(file, target.place)].position, target.position);
    number(file, target.place)
}

#[test]
fn key_frames_are_found_by_time() {
    let file = file(&samples::tags());
    for (time, tag) in [(0, 3), (799, 3), (800, 7), (900, 7), (1 << 30, 7), (u32::MAX, 7)] {
        assert_eq!(sought(&file, time), tag, "{time}");
    }
    assert_eq!(file.key_frames(), 2);
    for (time, tag) in [(0, 3), (1, 7), (800, 7)] {
        let found = file.key_frame_at_or_after(Timestamp(time)).unwrap();
        assert_eq!(found.map(|place| number(&file, place)), Some(tag), "{time}");
    }
    assert_eq!(file.key_frame_at_or_after(Timestamp(801)).unwrap(), None);
}

#[test]
fn sound_alone_can_be_played_from_everywhere() {
    let sound: Vec<Tag> = (0..10).map(|i| samples::audio(i * 20, b"\x2f")).collect();
    let file = file(&sound);
    assert_eq!(sought(&file, 95), 4);
    let found = file.key_frame_at_or_after(Timestamp(70)).unwrap().unwrap();
    assert_eq!(number(&file, found), 4);
    assert!(!file.has_video());
}

#[test]
fn sound_before_the_first_key_frame_is_no_place_to_start_at() {
    let tags = [
        samples::audio(0, b"\x2f"),
        samples::audio(20, b"\x2f"),
        samples::video(40, b"\x13"),
        samples::audio(60, b"\x2f"),
    ];
    assert_eq!(sought(&file(&tags), 20), 2);
}

/// Sound every 20 ms for 60 s, with these pictures among it.
fn sound_with(pictures: &[Tag]) -> Vec<Tag> {
    let mut tags: Vec<Tag> = (0..3_000).map(|i| samples::audio(i * 20, b"\x2f")).collect();
    tags.extend_from_slice(pictures);
    tags.sort_by_key(|tag| tag.timestamp.0);
    tags
}

#[test]
fn a_seek_goes_to_the_sound_while_the_picture_stands_still() {
    let key = |time| samples::video(time, b"\x13");
    let inter = |time| samples::video(time, b"\x23");
    let second = || (0..25).map(|i| i * 40);
    let clip: Vec<Tag> = std::iter::once(key(0)).chain(second().skip(1).map(inter)).collect();
    let long: Vec<Tag> = std::iter::once(key(0)).chain((1..50).map(|i| inter(i * 40))).collect();
    let table: &[(&str, Vec<Tag>, u32, &[u32])] = &[
        ("one cover picture", vec![key(20)], 30_000, &[20]),
        ("pictures from 30 s on", vec![key(30_000), inter(30_040)], 8_000, &[]),
        ("pictures end early", clip.clone(), 45_000, &second().collect::<Vec<_>>()),
        ("too many to send again", long, 45_000, &[0]),
        ("slides", vec![key(0), inter(20_000), inter(40_000)], 30_000, &[0, 20_000]),
        ("slides of their own", vec![key(0), key(20_000), key(40_000)], 30_000, &[20_000]),
    ];
    for (name, pictures, position, again) in table {
        let file = file(&sound_with(pictures));
        let target = file.seek(Timestamp(*position)).unwrap();
        let times: Vec<u32> = target
            .pictures
            .iter()
            .inspect(|tag| assert_eq!(tag.kind, TagKind::Video))
            .map(|tag| tag.timestamp.0)
            .collect();
        assert_eq!(times, *again, "{name}");
        assert_eq!(target.position, Timestamp(*position), "{name}");
        let first = file.tags_from(target.place).next().unwrap();
        assert_eq!(first.kind, TagKind::Audio, "{name}");
    }
    let moving: Vec<Tag> =
        (0..1_500).map(|i| if i % 250 == 0 { key(i * 40) } else { inter(i * 40) }).collect();
    let file = file(&sound_with(&moving));
    let target = file.seek(Timestamp(19_900)).unwrap();
    assert_eq!((target.position, target.pictures.len()), (Timestamp(10_000), 0));
}

#[test]
fn a_file_that_starts_late_has_its_own_time_line() {
    let tags = [
        samples::video(0, b"\x17\x00\0\0\0"),
        samples::video(3_600_000, b"\x17\x01\0\0\0"),
        samples::video(3_600_500, b"\x17\x01\0\0\0"),
    ];
    let file = file(&tags);
    assert_eq!(file.start(), Timestamp(3_600_000));
    assert_eq!(file.duration(), Duration::from_secs(1));
    assert_eq!(sought(&file, 499), 1);
    assert_eq!(sought(&file, 500), 2);
}

#[test]
fn a_file_that_starts_just_before_0_plays_across_it() {
    let tags = [samples::video(u32::MAX - 19, b"\x13"), samples::video(20, b"\x13")];
    let file = file(&tags);
    assert_eq!(file.duration(), Duration::from_millis(80));
    assert_eq!(sought(&file, 40), 1);
}

#[test]
fn timestamps_that_go_backwards_or_jump_play_one_after_the_other() {
    let times = [0, 1000, 2000, 0, 1000, 0x9000_0000, 0x9000_0028];
    let tags: Vec<Tag> = times.map(|time| samples::video(time, b"\x13")).into();
    let file = file(&tags);
    let positions = placed(&file).into_iter().map(|tag| tag.position.0);
    assert_eq!(positions.collect::<Vec<_>>(), [0, 1000, 2000, 3000, 4000, 5000, 5040]);
    assert_eq!(sought(&file, 4_500), 4);
    assert_eq!(file.duration(), Duration::from_millis(5_880));
}

#[test]
fn a_file_without_key_frames_starts_at_its_first_frame() {
    let tags = [samples::tags()[0].clone(), samples::video(0, b"\x23")];
    assert_eq!(sought(&file(&tags), 5), 1);
}

#[test]
fn a_file_cut_off_at_any_byte_is_taken_up_to_there() {
    let tags = samples::tags();
    let offsets = samples::offsets(&tags);
    let bytes = samples::write(&tags);
    for length in 9..bytes.len() {
        let file = File::from_bytes(bytes[..length].to_vec().into()).unwrap();
        let whole = offsets[1..].iter().filter(|&&end| end - 4 <= length).count();
        assert_eq!(file.len(), whole as u64);
        assert_eq!(placed(&file).len(), whole);
        if let Some(error) = file.damage() {
            assert!(matches!(error, Error::Truncated { .. }), "{length}: {error}");
        }
    }
    let cut = File::from_bytes(bytes[..offsets[4] + 15].to_vec().into()).unwrap();
    assert_eq!(cut.damage().unwrap().offset(), Some(offsets[4] as u64));
}

#[test]
fn a_file_damaged_behind_its_first_tag_is_taken_up_to_there() {
    let tags = samples::tags();
    let offsets = samples::offsets(&tags);
    let mut bytes = samples::write(&tags);
    bytes[offsets[5] - 4..].fill(0xaa);
    let file = File::from_bytes(bytes.into()).unwrap();
    assert_eq!(file.len(), 5);
    assert!(matches!(file.damage(), Some(Error::Corrupt { .. })));
    assert_eq!(file.damage().unwrap().offset(), Some(offsets[5] as u64));
}

#[test]
fn damage_in_the_middle_is_skipped() {
    let tags: Vec<Tag> = (0..100).map(|i| samples::video(i * 40, &[0x13; 90])).collect();
    let offsets = samples::offsets(&tags);
    let original = samples::write(&tags);
    // From within tag 30 to within tag 34: zeros, text, and the length of tag 30 alone.
    let (from, to) = (offsets[30] + 50, offsets[34] + 50);
    let mut zeros = original.clone();
    zeros[from..to].fill(0);
    let mut text = original.clone();
    text[from..to].fill(b'A');
    let mut length = original.clone();
    length[offsets[30] + 2] = 0x10;
    // A tag of an unknown type that hides all that follow, but for a byte.
    let mut hidden = original.clone();
    hidden[offsets[30]] = 0;
    let rest = original.len() - offsets[30] - 11 - 1;
    hidden[offsets[30] + 1..offsets[30] + 4].copy_from_slice(&(rest as u32).to_be_bytes()[1..]);
    let cases =
        [("zeros", zeros, 4), ("text", text, 4), ("length", length, 1), ("hidden", hidden, 1)];
    for (name, bytes, missing) in cases {
        let file = File::from_bytes(bytes.into()).unwrap();
        assert_eq!(file.len(), 100 - missing, "{name}");
        assert!(file.damage().is_none(), "{name}");
        let skipped = file.skipped();
        assert_eq!(skipped.places, 1, "{name}");
        assert!((skipped.first as usize).abs_diff(offsets[30]) <= 105, "{name}: {skipped:?}");
        assert!((50..600).contains(&skipped.bytes), "{name}: {skipped:?}");
        let found: Vec<Tag> = file.tags_from(Place::START).collect();
        assert_eq!(found.len() as u64, file.len(), "{name}");
        assert_eq!(found.last(), tags.last(), "{name}");
    }
}

#[test]
fn a_file_that_is_damaged_from_the_start_is_refused() {
    let mut bytes = samples::write(&samples::tags());
    bytes[9..].fill(0xaa);
    assert!(matches!(File::from_bytes(bytes.into()), Err(Error::Corrupt { offset: 13 })));
}

#[test]
fn no_mutation_of_a_file_makes_it_panic() {
    let original = samples::write(&samples::tags());
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for _ in 0..10_000 {
        let mut bytes = original.clone();
        for _ in 0..=chance.below(6) {
            let at = chance.below(bytes.len());
            bytes[at] = [0, 0xff, 9, 0x80, chance.below(256) as u8][chance.below(5)];
        }
        let Ok(file) = File::from_bytes(bytes.into()) else { continue };
        let found = placed(&file);
        assert_eq!(found.len() as u64, file.len());
        for tag in found {
            let headers = file.headers_at(tag.place).unwrap();
            assert!(headers.video.iter().all(|tag| tag.kind == TagKind::Video));
            file.seek(tag.position).unwrap();
        }
        assert!(!file.metadata_for_play().payload.is_empty());
        assert!(file.duration() < Duration::from_secs(1 << 32));
    }
}

#[test]
fn a_file_on_disk_is_the_same_as_one_in_memory() {
    let tags: Vec<Tag> = (0..3_000)
        .map(|i| {
            let first = if i % 25 == 0 { 0x13 } else { 0x23 };
            let mut payload = vec![i as u8; 100 + (i as usize * 37) % 900];
            payload[0] = first;
            samples::video(i * 40, &payload)
        })
        .collect();
    let bytes = samples::write(&tags);
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), &bytes).unwrap();
    let disk = File::open(path.path()).unwrap();
    let memory = File::from_bytes(bytes.into()).unwrap();
    assert!(disk.tags_from(Place::START).eq(tags));
    for position in (0..130_000).step_by(1_777) {
        let [disk, memory] = [&disk, &memory].map(|file| file.seek(Timestamp(position)).unwrap());
        assert_eq!(disk, memory, "{position}");
    }
    assert_eq!(disk.duration(), memory.duration());
}

#[test]
fn a_file_that_grows_is_read_to_its_new_end() {
    let tags = samples::tags();
    let bytes = samples::write(&tags);
    let path = tempfile::NamedTempFile::new().unwrap();
    for start in [60, 150, 151, 160] {
        std::fs::write(path.path(), &bytes[..start]).unwrap();
        let file = File::open(path.path()).unwrap();
        let mut place = Place::START;
        let mut read = Vec::new();
        for end in start..=bytes.len() {
            let mut grown = std::fs::OpenOptions::new().append(true).open(path.path()).unwrap();
            let from = std::fs::metadata(path.path()).unwrap().len() as usize;
            std::io::Write::write_all(&mut grown, &bytes[from..end]).unwrap();
            let mut reading = file.reading();
            while let Next::Tag(tag) = reading.tag_at(place).unwrap() {
                place = tag.next;
                read.push(tag.tag);
            }
        }
        assert_eq!(read, tags, "grown from {start} bytes");
        assert!(matches!(file.reading().tag_at(place), Ok(Next::Pending)), "it may go on to grow");
    }
}

#[test]
fn a_file_that_is_cut_off_while_it_is_read_ends_with_an_error() {
    let tags: Vec<Tag> = (0..3_000).map(|i| samples::video(i * 40, &[0x13; 900])).collect();
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), samples::write(&tags)).unwrap();
    let file = File::open(path.path()).unwrap();
    std::fs::OpenOptions::new().write(true).open(path.path()).unwrap().set_len(1_000_000).unwrap();
    let (mut reading, mut place, mut count) = (file.reading(), Place::START, 0);
    let error = loop {
        match reading.tag_at(place) {
            Ok(Next::Tag(tag)) => (place, count) = (tag.next, count + 1),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    assert_eq!(count, 1_000_000 / 915);
}

#[test]
fn the_start_of_a_long_file_plays_before_all_of_it_is_indexed() {
    let tags: Vec<Tag> =
        (0..400).map(|i| samples::video(i * 1_000, &vec![0x13; 100_000])).collect();
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), samples::write(&tags)).unwrap();
    let cache = std::sync::Arc::new(super::BlockCache::new(1 << 20));
    let source = Source::disk(std::fs::File::open(path.path()).unwrap(), cache);
    let file = File::new(source).unwrap();
    assert!(file.len() < 200, "{} tags are indexed", file.len());
    let duration = file.duration().as_millis();
    assert!((399_000..=400_000).contains(&duration), "{duration} ms by the last tags");
    assert_eq!(file.seek(Timestamp(350_500)).unwrap().position, Timestamp(350_000));
    assert!(file.len() >= 350 && file.len() < 400, "{} tags are indexed", file.len());
    assert_eq!(file.tags_from(Place::START).count(), 400);
    assert_eq!(file.duration(), Duration::from_secs(400));
}
