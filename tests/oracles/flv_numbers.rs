//! The numbers in FLV files, at their edges.

use rendercast::protocol::amf::{Object, Value, amf0};

use crate::file_numbers::{EDGES, Tried};

const VIDEO: u8 = 9;
const AUDIO: u8 = 8;
const SCRIPT: u8 = 18;
const KEY: &[u8] = &[0x17, 1, 0, 0, 0, 1, 2, 3];
const INTER: &[u8] = &[0x27, 1, 0, 0, 0, 4, 5, 6];
const SOUND: &[u8] = &[0xaf, 1, 7, 8, 9];

/// A tag whose header may say anything.
struct RawTag<'a> {
    kind: u8,
    size: u32,
    timestamp: u32,
    stream: u32,
    body: &'a [u8],
    back_pointer: u32,
}

type Change = fn(&mut RawTag<'_>, u32);

fn tag(kind: u8, timestamp: u32, body: &[u8]) -> RawTag<'_> {
    let size = body.len() as u32;
    RawTag { kind, size, timestamp, stream: 0, body, back_pointer: size + 11 }
}

fn file(version: u8, flags: u8, offset: u32, tags: &[RawTag<'_>]) -> Vec<u8> {
    let mut file = b"FLV".to_vec();
    file.extend([version, flags]);
    file.extend(offset.to_be_bytes());
    file.extend([0; 4]);
    for tag in tags {
        file.push(tag.kind);
        file.extend(&tag.size.to_be_bytes()[1..]);
        let [high, low @ ..] = tag.timestamp.to_be_bytes();
        file.extend(low);
        file.push(high);
        file.extend(&tag.stream.to_be_bytes()[1..]);
        file.extend(tag.body);
        file.extend(tag.back_pointer.to_be_bytes());
    }
    file
}

/// A second of pictures and sound.
fn second<'a>() -> Vec<RawTag<'a>> {
    let mut tags = Vec::new();
    for frame in 0..25 {
        tags.push(tag(VIDEO, frame * 40, if frame % 10 == 0 { KEY } else { INTER }));
        tags.push(tag(AUDIO, frame * 40, SOUND));
    }
    tags
}

fn usual(tags: &[RawTag<'_>]) -> Vec<u8> {
    file(1, 5, 9, tags)
}

#[test]
fn headers_and_tags_may_say_anything() {
    let mut tried = Tried::default();
    for value in EDGES {
        tried.play(&format!("data offset {value}"), file(1, 5, value, &second()));
        tried.play(&format!("version {value}"), file(value as u8, value as u8, 9, &second()));
        for at in [0, 20, 49] {
            let changes: [(&str, Change); 5] = [
                ("size", |tag, value| tag.size = value),
                ("timestamp", |tag, value| tag.timestamp = value),
                ("stream", |tag, value| tag.stream = value),
                ("back pointer", |tag, value| tag.back_pointer = value),
                ("kind", |tag, value| tag.kind = value as u8),
            ];
            for (what, change) in changes {
                let mut tags = second();
                change(&mut tags[at], value);
                tried.play(&format!("{what} of tag {at}: {value}"), usual(&tags));
            }
        }
        let mut tags = second();
        tags.iter_mut().for_each(|tag| tag.timestamp = tag.timestamp.wrapping_add(value));
        tried.play(&format!("all times {value} later"), usual(&tags));
        let mut tags = second();
        tags.iter_mut().step_by(3).for_each(|tag| tag.timestamp = value);
        tried.play(&format!("every third time {value}"), usual(&tags));
        let mut tags = second();
        tags.iter_mut().enumerate().for_each(|(at, tag)| {
            tag.timestamp = value.wrapping_mul(at as u32);
        });
        tried.play(&format!("times in steps of {value}"), usual(&tags));
    }
    tried.play("no tag", usual(&[]));
    tried.play("empty tags", usual(&[tag(VIDEO, 0, &[]), tag(AUDIO, 0, &[]), tag(SCRIPT, 0, &[])]));
    tried.expect(200);
}

const NUMBERS: [f64; 14] = [
    0.0,
    -0.0,
    -1.0,
    5e-324,
    1e308,
    -1e308,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    2_147_483_630.0,
    4_294_967_296.0,
    9_007_199_254_740_993.0,
    18_446_744_073_709_551_616.0,
    0.5,
];

fn with_metadata(body: &[u8]) -> Vec<u8> {
    let mut tags = vec![tag(SCRIPT, 0, body)];
    tags.extend(second());
    usual(&tags)
}

/// The body of `onMetaData` with those members.
fn metadata(members: Object) -> Vec<u8> {
    let mut body = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut body);
    amf0::encode(&Value::EcmaArray(members), &mut body);
    body
}

#[test]
fn metadata_may_say_anything() {
    let mut tried = Tried::default();
    for number in NUMBERS {
        for name in ["duration", "width", "framerate", "videocodecid", "audiocodecid", "filesize"] {
            let body = metadata(Object::new().with(name, number));
            tried.play(&format!("{name} {number}"), with_metadata(&body));
        }
        for times in [0, 1, 5, 400] {
            let table = Object::new()
                .with("times", Value::StrictArray(vec![number.into(); times]))
                .with("filepositions", Value::StrictArray(vec![number.into(); 5]));
            let body = metadata(Object::new().with("keyframes", Value::Object(table)));
            tried.play(&format!("{times} key frames {number}"), with_metadata(&body));
        }
    }
    tried.expect(100);
}

#[test]
fn metadata_of_many_small_values_cost_little() {
    let mut tried = Tried::default();
    const NAME: &[u8] = b"\x02\0\x0aonMetaData";
    const MANY: u32 = 0x00ff_f000;
    // An ECMA array with one member: an array of nulls, as long as a tag can be.
    let nulls = || {
        let mut body = [NAME, b"\x08\0\0\0\x01\0\x01a\x0a"].concat();
        body.extend(MANY.to_be_bytes());
        body.resize(body.len() + MANY as usize, 5);
        body.extend(b"\0\0\x09");
        body
    };
    tried.play("an array of nulls", with_metadata(&nulls()));
    let claims: [&[u8]; 4] = [
        b"\x08\xff\xff\xff\xff\0\x01a\x05\0\0\x09",
        b"\x08\0\0\0\x01\0\x01a\x0a\xff\xff\xff\xff\x05",
        b"\x08\0\0\0\x01\0\x01a\x0c\xff\xff\xff\xff",
        b"\x08\0\0\0\x01\xff\xff",
    ];
    for claim in claims {
        tried.play(&format!("{claim:?}"), with_metadata(&[NAME, claim].concat()));
    }
    let mut deep = NAME.to_vec();
    deep.extend(b"\x03\0\x01a".repeat(100_000));
    tried.play("depth", with_metadata(&deep));
    let members = |count: u32| {
        (0..count)
            .fold(Object::new(), |object, number| object.with(number.to_string().as_str(), number))
    };
    tried.play("many members", with_metadata(&metadata(members(10_000))));
    tried.expect(7);
}
