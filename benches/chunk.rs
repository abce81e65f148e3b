//! How fast messages are cut into chunks and put together again, next to a plain copy of their
//! bytes.
//!
//! The chunk layer copies each byte once; the aim is at least half the bytes per second of the
//! copy.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rendercast::protocol::chunk::{
    Limits, Message, MessageType, Reader, SessionWriter, SharedChunks,
};
use rendercast::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

const MESSAGE_BYTES: usize = 64 << 10;
const CHUNK_SIZES: [u32; 3] = [128, 4096, 65536];

/// Where output starts in its buffer: large buffers start at the same place of a page, and copying
/// between such places is ten times as slow on some processors.
const OFFSET: usize = 2048;

/// How many bytes a socket read yields.
const INPUT_BYTES: usize = 16 << 10;

fn message(message_type: MessageType, payload: Vec<u8>) -> Message {
    Message {
        chunk_stream_id: ChunkStreamId::VIDEO,
        message_stream_id: MessageStreamId(1),
        timestamp: Timestamp(40),
        message_type,
        payload: Bytes::from(payload),
    }
}

fn video() -> Message {
    message(MessageType::VIDEO, (0..=255).cycle().take(MESSAGE_BYTES).collect())
}

fn set_chunk_size(size: u32) -> Message {
    message(MessageType::SET_CHUNK_SIZE, size.to_be_bytes().to_vec())
}

fn writer(chunk_size: u32) -> SessionWriter {
    let mut writer = SessionWriter::new();
    writer.write(&set_chunk_size(chunk_size), &mut Vec::new());
    writer
}

fn reader(chunk_size: u32) -> Reader {
    let mut bytes = Vec::new();
    SessionWriter::new().write(&set_chunk_size(chunk_size), &mut bytes);
    let mut reader = Reader::new(Limits::default());
    let _ = reader.read(&mut &bytes[..]);
    reader
}

fn copy(criterion: &mut Criterion) {
    let payload = video().payload;
    let mut group = criterion.benchmark_group("copy");
    group.throughput(Throughput::Bytes(MESSAGE_BYTES as u64));
    let mut out = Vec::new();
    group.bench_function("to the same buffer", |bencher| {
        bencher.iter(|| {
            out.resize(OFFSET, 0);
            out.extend_from_slice(black_box(&payload));
            black_box(&out);
        });
    });
    group.bench_function("to a new buffer", |bencher| {
        bencher.iter(|| Bytes::copy_from_slice(black_box(&payload)));
    });
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let message = video();
    let mut group = criterion.benchmark_group("write");
    group.throughput(Throughput::Bytes(MESSAGE_BYTES as u64));
    for size in CHUNK_SIZES {
        let (mut writer, mut out) = (writer(size), Vec::new());
        group.bench_function(BenchmarkId::new("copying", size), |bencher| {
            bencher.iter(|| {
                out.resize(OFFSET, 0);
                writer.write(black_box(&message), &mut out);
                black_box(&out);
            });
        });
        group.bench_function(BenchmarkId::new("sharing", size), |bencher| {
            bencher.iter(|| {
                let mut chunks = SharedChunks::new(size as usize, 1);
                chunks.push(black_box(&message));
                chunks.finish()
            });
        });
    }
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(MESSAGE_BYTES as u64));
    for size in CHUNK_SIZES {
        let mut bytes = Vec::new();
        writer(size).write(&video(), &mut bytes);
        for (name, input_bytes) in [("whole", usize::MAX), ("in pieces", INPUT_BYTES)] {
            let mut reader = reader(size);
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| {
                    for mut piece in black_box(&bytes).chunks(input_bytes) {
                        while let Ok(Some(message)) = reader.read(&mut piece) {
                            black_box(message);
                        }
                    }
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, copy, write, read);
criterion_main!(benches);
