use std::time::Duration;

use super::{Bytes, Cursor, Error, File, Headers, Tag, TagKind, Timestamp, Value};
use crate::media::flv::samples::{self, Chance};
use crate::protocol::amf::{Object, amf0};

fn file(tags: &[Tag]) -> File {
    File::from_bytes(samples::write(tags).into()).unwrap()
}

#[test]
fn a_file_gives_its_tags_without_copying_them() {
    let tags = samples::tags();
    let bytes = Bytes::from(samples::write(&tags));
    let memory = bytes.as_ptr_range();
    let file = File::from_bytes(bytes).unwrap();
    assert_eq!(file.len(), tags.len());
    for (index, tag) in tags.iter().enumerate() {
        let read = file.tag(index).unwrap();
        assert_eq!(read, *tag);
        assert!(memory.contains(&read.payload.as_ptr()));
    }
    assert_eq!(file.tag(tags.len()), None);
    assert!(file.has_audio() && file.has_video());
    assert!(file.damage().is_none());
}

#[test]
fn a_file_is_read_from_any_input() {
    let tags = samples::tags();
    let file = File::read(Cursor::new(samples::write(&tags))).unwrap();
    assert_eq!(file.len(), tags.len());
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
    assert_eq!(file.metadata_tag(), Some(samples::tags()[0].clone()));
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
    assert_eq!(file.headers_at(0), Headers::default());
    let video = vec![tags[1].clone()];
    assert_eq!(file.headers_at(2), Headers { video: video.clone(), audio: Vec::new() });
    let old = Headers { video, audio: vec![tags[2].clone()] };
    assert_eq!(file.headers_at(7), old);
    assert_eq!(file.headers_at(8), Headers { video: vec![tags[7].clone()], ..old });
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
    assert_eq!(file.headers_at(6).video, tags[..2]);
    assert_eq!(file.seek(Timestamp(3_000)).tag, 2);
    for position in [4_000, 4_050, 9_000] {
        assert_eq!(file.seek(Timestamp(position)).tag, 6, "the key frames of both tracks follow");
    }
}

fn sought(file: &File, position: u32) -> usize {
    let target = file.seek(Timestamp(position));
    assert!(target.pictures.is_empty());
    target.tag
}

#[test]
fn key_frames_are_found_by_time() {
    let file = file(&samples::tags());
    for (time, tag) in [(0, 3), (799, 3), (800, 7), (900, 7), (1 << 30, 7), (u32::MAX, 7)] {
        assert_eq!(sought(&file, time), tag, "{time}");
    }
    assert_eq!(file.first_media_tag(), Some(3));
    assert!(file.entry(7).unwrap().is_key_frame());
    assert!(file.entry(1).unwrap().is_sequence_header());
    assert!(file.entry(0).unwrap().is_metadata());
}

#[test]
fn sound_alone_can_be_played_from_everywhere() {
    let sound: Vec<Tag> = (0..10).map(|i| samples::audio(i * 20, b"\x2f")).collect();
    let file = file(&sound);
    assert_eq!(sought(&file, 95), 4);
    assert_eq!(file.seek_points(), 10);
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
        let target = file.seek(Timestamp(*position));
        let times: Vec<u32> = target
            .pictures
            .iter()
            .map(|tag| file.entry(*tag).unwrap())
            .inspect(|entry| assert_eq!(entry.kind, TagKind::Video))
            .map(|entry| entry.timestamp.0)
            .collect();
        assert_eq!(times, *again, "{name}");
        assert_eq!(target.position, Timestamp(*position), "{name}");
        assert_eq!(file.entry(target.tag).unwrap().kind, TagKind::Audio, "{name}");
    }
    let moving: Vec<Tag> =
        (0..1_500).map(|i| if i % 250 == 0 { key(i * 40) } else { inter(i * 40) }).collect();
    let file = file(&sound_with(&moving));
    let target = file.seek(Timestamp(19_900));
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
    let positions = (0..file.len()).map(|tag| file.entry(tag).unwrap().position.0);
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
        assert_eq!(file.len(), whole);
        if let Some(error) = file.damage() {
            assert!(matches!(error, Error::Truncated { .. }), "{length}: {error}");
        }
    }
    let cut = File::from_bytes(bytes[..offsets[4] + 15].to_vec().into()).unwrap();
    assert_eq!(cut.truncated_at(), Some(offsets[4] as u64));
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
    assert_eq!(file.truncated_at(), Some(offsets[5] as u64));
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
    for (name, bytes, missing) in [("zeros", zeros, 4), ("text", text, 4), ("length", length, 1)] {
        let file = File::from_bytes(bytes.into()).unwrap();
        assert_eq!(file.len(), 100 - missing, "{name}");
        assert!(file.damage().is_none(), "{name}");
        let skipped = file.skipped();
        assert_eq!(skipped.places, 1, "{name}");
        assert!((skipped.first as usize).abs_diff(offsets[30]) <= 105, "{name}: {skipped:?}");
        assert!((50..600).contains(&skipped.bytes), "{name}: {skipped:?}");
        assert_eq!(file.tag(file.len() - 1), tags.last().cloned(), "{name}");
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
        for index in 0..file.len() {
            let tag = file.tag(index).unwrap();
            let headers = file.headers_at(index);
            assert!(headers.video.iter().all(|tag| tag.kind == TagKind::Video));
            assert!(file.seek(tag.timestamp).tag < file.len());
        }
        assert!(!file.metadata_for_play().payload.is_empty());
        assert!(file.duration() < Duration::from_secs(1 << 32));
    }
}
