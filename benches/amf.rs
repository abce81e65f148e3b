//! What reading and writing the commonest messages costs, beside the crate `amf` as a yardstick.
#![allow(missing_docs, reason = "criterion's macro makes public functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rendercast::protocol::amf::{Limits, Object, Value, amf0};
use std::hint::black_box;

/// What FFmpeg sends when it starts to play.
fn connect() -> Vec<Value> {
    let command = Object::new()
        .with("app", "live")
        .with("flashVer", "LNX 9,0,124,2")
        .with("tcUrl", "rtmp://localhost:1935/live")
        .with("fpad", false)
        .with("capabilities", 15)
        .with("audioCodecs", 4071)
        .with("videoCodecs", 252)
        .with("videoFunction", 1);
    vec!["connect".into(), 1.into(), command.into()]
}

/// What OBS sends when it starts to publish.
fn metadata() -> Vec<Value> {
    let metadata = Object::new()
        .with("duration", 0)
        .with("fileSize", 0)
        .with("width", 1920)
        .with("height", 1080)
        .with("videocodecid", 7)
        .with("videodatarate", 6000)
        .with("framerate", 60)
        .with("audiocodecid", 10)
        .with("audiodatarate", 160)
        .with("audiosamplerate", 48_000)
        .with("audiosamplesize", 16)
        .with("audiochannels", 2)
        .with("stereo", true)
        .with("2.1", false)
        .with("3.1", false)
        .with("4.0", false)
        .with("4.1", false)
        .with("5.1", false)
        .with("7.1", false)
        .with("encoder", "obs-output module (libobs version 30.2.3)");
    vec!["@setDataFrame".into(), "onMetaData".into(), Value::EcmaArray(metadata)]
}

/// The index of key frames in a file of an hour, as flvmeta and yamdi write it.
fn keyframes() -> Vec<Value> {
    let positions = (0..1800).map(|index| Value::from(f64::from(index) * 1e6)).collect::<Vec<_>>();
    let times = (0..1800).map(|index| Value::from(f64::from(index) * 2.0)).collect::<Vec<_>>();
    let index = Object::new().with("filepositions", positions).with("times", times);
    let metadata = Object::new().with("duration", 3600).with("keyframes", index);
    vec!["onMetaData".into(), Value::EcmaArray(metadata)]
}

fn encode(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.iter().for_each(|value| amf0::encode(value, &mut bytes));
    bytes
}

fn decode_with_crate_amf(mut bytes: &[u8]) -> Vec<amf::amf0::Value> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        values.push(amf::amf0::Value::read_from(&mut bytes).expect("bytes of our own"));
    }
    values
}

fn encode_with_crate_amf(values: &[amf::amf0::Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.iter().for_each(|value| value.write_to(&mut bytes).expect("writing to memory"));
    bytes
}

fn messages(criterion: &mut Criterion) {
    for (name, values) in
        [("connect", connect()), ("metadata", metadata()), ("keyframes", keyframes())]
    {
        let bytes = encode(&values);
        let theirs = decode_with_crate_amf(&bytes);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function("decode", |bencher| {
            bencher.iter(|| amf0::decode_all(black_box(&bytes), Limits::default()));
        });
        group.bench_function("decode/amf", |bencher| {
            bencher.iter(|| decode_with_crate_amf(black_box(&bytes)));
        });
        group.bench_function("encode", |bencher| bencher.iter(|| encode(black_box(&values))));
        group.bench_function("encode/amf", |bencher| {
            bencher.iter(|| encode_with_crate_amf(black_box(&theirs)));
        });
        group.finish();
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
