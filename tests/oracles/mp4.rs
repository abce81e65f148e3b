//! MP4 files, played as what FFmpeg makes of them with `-c copy`.

use std::fs;
use std::time::Duration;

use rendercast::media::audio::Packet as AudioPacket;
use rendercast::media::flv::{self, Place};
use rendercast::media::video::Packet as VideoPacket;
use rendercast::media::{AudioHeader, Film, Tag, TagKind, VideoHeader};
use rendercast::protocol::Timestamp;

use crate::in_repository;

const FILMS: [&str; 8] = [
    "av1_ac3.mp4",
    "avc_aac.mp4",
    "avc_mp3.mp4",
    "edited.mp4",
    "fragmented.mp4",
    "hevc_opus.mp4",
    "quicktime.mov",
    "variable.mp4",
];

fn film(name: &str) -> Film {
    Film::open(in_repository(&format!("tests/assets/mp4/{name}"))).unwrap()
}

/// The tags of a kind that say how to decode, or are frames.
fn media(tags: impl Iterator<Item = Tag>, kind: TagKind) -> Vec<Tag> {
    tags.filter(|tag| tag.kind == kind && is_needed(tag)).collect()
}

/// FFmpeg also tells of colours and loudspeakers, and of the end.
fn is_needed(tag: &Tag) -> bool {
    match tag.kind {
        TagKind::Video => {
            let header = VideoHeader::parse(&tag.payload).expect("a header");
            matches!(header.packet, VideoPacket::SequenceHeader | VideoPacket::Frames)
        }
        TagKind::Audio => {
            let header = AudioHeader::parse(&tag.payload).expect("a header");
            matches!(header.packet, AudioPacket::SequenceHeader | AudioPacket::Frames)
        }
        TagKind::Script => false,
    }
}

#[test]
fn payloads_are_those_that_ffmpeg_makes_of_the_file() {
    for name in FILMS {
        let (stem, _) = name.split_once('.').unwrap();
        let made = in_repository(&format!("tests/assets/mp4/{stem}.flv"));
        let expected = flv::File::open(made).unwrap();
        for kind in [TagKind::Video, TagKind::Audio] {
            let ours = media(film(name).tags_from(Place::START), kind);
            let theirs = media(expected.tags_from(Place::START), kind);
            assert!(ours.len() > 10, "{name}");
            for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                assert_eq!(ours.payload, theirs.payload, "{name}: {kind:?} {number}");
            }
            assert_eq!(ours.len(), theirs.len(), "{name}: {kind:?}");
        }
    }
}

#[test]
fn times_are_those_that_ffmpeg_makes_of_the_file() {
    for name in FILMS {
        let (stem, _) = name.split_once('.').unwrap();
        let made = in_repository(&format!("tests/assets/mp4/{stem}.flv"));
        let expected = flv::File::open(made).unwrap();
        for kind in [TagKind::Video, TagKind::Audio] {
            let ours = media(film(name).tags_from(Place::START), kind);
            let theirs = media(expected.tags_from(Place::START), kind);
            // FFmpeg has the first sound of a fragmented file at 0, whatever its time.
            for (ours, theirs) in ours.iter().zip(&theirs).skip(2) {
                let distance = ours.timestamp.since(theirs.timestamp);
                assert!(distance.abs() <= 2, "{name}: {ours:?}, {theirs:?}");
            }
        }
    }
}

#[test]
fn playing_starts_at_key_frames() {
    for name in FILMS {
        let film = film(name);
        let length = film.duration();
        let usual = Duration::from_millis(1_400)..Duration::from_millis(2_500);
        assert!(usual.contains(&length), "{name} plays {length:?}");
        for position in (0..1_500).step_by(50) {
            let start = film.seek(Timestamp(position)).unwrap();
            let mut tags = film.tags_from(start.place);
            let picture = tags.find(|tag| tag.kind == TagKind::Video).expect("a picture");
            assert!(picture.is_key_frame(), "{name} at {position}");
            assert!(picture.timestamp.0 <= position.max(100), "{name} at {position}");
        }
    }
}

#[test]
fn a_file_that_is_cut_off_is_played_up_to_there_or_refused() {
    for name in FILMS {
        let bytes = fs::read(in_repository(&format!("tests/assets/mp4/{name}"))).unwrap();
        let whole = film(name).tags_from(Place::START).count();
        for end in (0..bytes.len()).step_by(97) {
            let Ok(film) = Film::from_bytes(bytes[..end].to_vec().into()) else { continue };
            let tags = film.tags_from(Place::START).count();
            assert!(tags <= whole, "{name}, {end} bytes");
            film.seek(Timestamp(700)).unwrap();
        }
    }
    // The index lies before the media here.
    let bytes = fs::read(in_repository("tests/assets/mp4/avc_mp3.mp4")).unwrap();
    let cut = Film::from_bytes(bytes[..bytes.len() / 2].to_vec().into()).unwrap();
    assert!(cut.damage().is_some() && cut.tags_from(Place::START).count() > 20);
}
