//! Our FLV reader against an independent one, the crate `flv-rs`, on files that it can read.
//!
//! It keeps payloads to itself, but writes them back: so the file that it writes is read by ours,
//! and compared with what ours reads in the original. It reads H.264 with AAC or MP3 alone, and
//! does not write everything back as it was; what it changes is told where it is left out.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use flv_rs::FLV;
use rendercast::media::{Tag, TagKind, flv};

use crate::in_repository;

/// Where `flv-rs` writes an H.264 sequence header's profile once more, in place of its level.
const AVC_LEVEL: usize = 5 + 3;

fn ours(path: &Path) -> Vec<Tag> {
    let reader = flv::Reader::new(File::open(path).unwrap()).unwrap();
    reader.collect::<Result<_, _>>().unwrap()
}

fn theirs(tags: &[Tag]) -> (FLV, Vec<Tag>) {
    let mut file = flv::Writer::new(Vec::new(), true, true).unwrap();
    tags.iter().for_each(|tag| file.write(tag).unwrap());
    let mut oracle = FLV::open_with_reader(&mut Cursor::new(file.into_inner())).unwrap();
    let mut written = Cursor::new(Vec::new());
    oracle.write(&mut written).unwrap();
    let reader = flv::Reader::new(written).unwrap();
    let tags = reader.collect::<Result<_, _>>().unwrap();
    (oracle, tags)
}

/// It panics on an AAC sequence header of two bytes, which most are: one more is harmless.
fn lengthen(tag: &mut Tag) {
    if tag.kind == TagKind::Audio && tag.is_sequence_header() {
        tag.payload = [&tag.payload[..], &[0]].concat().into();
    }
}

/// It writes an AMF `false` as 2.
fn differ_by_falsehoods_alone(ours: &Tag, theirs: &Tag) -> bool {
    ours.payload.len() == theirs.payload.len()
        && ours.payload.iter().zip(&theirs.payload).all(|pair| {
            let (our, their) = pair;
            our == their || (*our, *their) == (0, 2)
        })
}

fn without_level(tag: &Tag) -> Vec<u8> {
    let mut payload = tag.payload.to_vec();
    if tag.kind == TagKind::Video && tag.is_sequence_header() {
        payload[AVC_LEVEL] = 0;
    }
    payload
}

fn compare(name: &str) {
    let mut ours = ours(&in_repository(name));
    ours.iter_mut().for_each(lengthen);
    let (oracle, theirs) = theirs(&ours);
    assert!(ours.len() > 40, "{name} is a file worth comparing");
    assert_eq!(ours.len(), oracle.body.tags.len(), "{name}");
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (number, tag) in ours.iter().enumerate() {
        let oracle = &oracle.body.tags[number];
        assert_eq!(tag.payload.len() + 11, oracle.size() as usize, "{name}, tag {number}");
        assert_eq!(
            tag.is_sequence_header(),
            oracle.is_avc_decoder_config() || oracle.is_aac_spec_config(),
            "{name}, tag {number}"
        );
        let their = &theirs[number];
        assert_eq!(
            (tag.kind, tag.timestamp),
            (their.kind, their.timestamp),
            "{name}, tag {number}"
        );
        if tag.kind == TagKind::Script {
            assert!(differ_by_falsehoods_alone(tag, their), "{name}, tag {number}");
        } else {
            assert_eq!(without_level(tag), without_level(their), "{name}, tag {number}");
        }
    }
}

#[test]
fn tags_are_read_as_by_the_oracle() {
    compare("examples/assets/demo.flv");
    compare("tests/assets/h264_aac.flv");
}
