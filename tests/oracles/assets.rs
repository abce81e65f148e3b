//! Real files, as FFmpeg writes them, indexed to be played.

use std::fs;
use std::time::Duration;

use rendercast::media::flv;
use rendercast::protocol::Timestamp;

use crate::in_repository;

fn open(name: &str) -> flv::File {
    let file = flv::File::open(in_repository(name)).unwrap();
    assert!(file.damage().is_none() && file.skipped_tags() == 0, "{name}");
    file
}

#[test]
fn the_demo_plays_16_seconds_with_a_key_frame_every_second() {
    let file = open("examples/assets/demo.flv");
    assert_eq!(file.duration(), Duration::from_secs(16));
    assert_eq!(file.metadata().unwrap().get("duration").unwrap().as_number(), Some(16.0));
    assert_eq!(file.key_frames(), 16);
    for second in 0..16 {
        let start = file.seek(Timestamp(second * 1000 + 999)).unwrap();
        let first = file.tags_from(start.place).next().unwrap();
        assert_eq!(first.timestamp, Timestamp(second * 1000));
    }
    let headers = file.headers_at(file.seek(Timestamp(u32::MAX)).unwrap().place).unwrap();
    assert!(headers.video.len() == 1 && headers.audio.len() == 1);
}

#[test]
fn files_of_other_codecs_are_indexed() {
    for (name, has_video, has_audio, key_frames) in [
        ("screen.flv", true, false, 2),
        ("sorenson_mp3.flv", true, true, 2),
        ("aac_only.flv", false, true, 0),
        ("h264_aac.flv", true, true, 2),
    ] {
        let file = open(&format!("tests/assets/{name}"));
        assert_eq!((file.has_video(), file.has_audio()), (has_video, has_audio), "{name}");
        assert_eq!(file.key_frames(), key_frames, "{name}");
        let seconds = file.duration().as_secs_f64();
        // Where there are B-frames, FFmpeg lets the sound start as late as the first picture is
        // shown.
        assert!((1.9..2.3).contains(&seconds), "{name} plays {seconds} s");
        let told = file.metadata().unwrap();
        assert_eq!(told.get("audiocodecid").is_some(), has_audio, "{name}");
    }
}

#[test]
fn the_key_frame_table_that_ffmpeg_writes_is_right_and_agrees_with_a_scan() {
    for name in ["examples/assets/demo.flv", "tests/assets/h264_aac.flv"] {
        let path = in_repository(name);
        let mut reader = flv::Reader::new(fs::File::open(path).unwrap()).unwrap();
        let table = reader.key_frames_from_metadata().unwrap().unwrap();
        assert_eq!(table.len() as u64, open(name).key_frames(), "{name}");
    }
}
