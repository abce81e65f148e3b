//! The cost of a hostile byte, which must not grow with the number of bytes.

use std::net::SocketAddr;
use std::time::Duration;

use rendercast::ServerConfig;
use rendercast::amf::amf0::encode;
use rendercast::amf::{Object, Value};
use rendercast::config::{AmfLimits, ChunkLimits};
use rendercast::protocol::chunk::{Control, MessageType};

use super::peer::Peer;
use super::script::Script;
use super::server::{session, settings, withstands_with};
use super::tries::{ensure, one_of_several};
use super::usage::Threads;

/// How many times as many bytes are sent the second time.
const TIMES: u32 = 4;

/// How much more a byte may cost then. With quadratic time it would cost [`TIMES`] times as much.
const DEARER: f64 = 2.0;

/// The error of a measurement.
const NOISE: Duration = Duration::from_millis(20);

/// Settings with very high limits: the time must be linear without them.
fn lenient() -> ServerConfig {
    let chunk = ChunkLimits::default().chunk_streams(70_000).message_bytes(16 << 20);
    let amf = AmfLimits::default().values(1 << 20);
    settings().session(session().chunk(chunk).amf(amf).idle_timeout(Duration::MAX))
}

/// Panics if the bytes that `attack` makes of four times a number cost much more than four times
/// the processor time.
fn costs_linear_time(number: usize, attack: impl Fn(usize) -> Vec<u8>) {
    withstands_with(lenient(), |server| {
        let (fewer, more) = (attack(number), attack(number * TIMES as usize));
        one_of_several(|| {
            let (few, many) = (cost(server, &fewer), cost(server, &more));
            let most = few.mul_f64(f64::from(TIMES) * DEARER) + NOISE;
            let told = || format!("{few:?} for {number}, {many:?} for {TIMES} times as many");
            ensure(many <= most, told)
        });
    });
}

/// Returns the processor time that the server spends on `bytes`, the lesser of two measurements.
fn cost(server: SocketAddr, bytes: &[u8]) -> Duration {
    let once = || {
        let others = Threads::now();
        let mut peer = Peer::connected(server);
        peer.flood(bytes);
        Threads::now().cpu_time_without(&others)
    };
    (0..2).map(|_| once()).min().unwrap_or_default()
}

#[test]
fn objects_of_many_members_cost_linear_time() {
    costs_linear_time(12_500, |members| {
        let object = (0..members).fold(Object::new(), |object, index| {
            object.with(format!("member {index}"), Value::Null)
        });
        Script::new().command("lie", 7.0, 0, vec![object.into()]).bytes
    });
}

#[test]
fn members_of_one_name_cost_linear_time() {
    costs_linear_time(12_500, |members| {
        let object = (0..members).fold(Object::new(), |object, _| object.with("a", Value::Null));
        Script::new().command("lie", 7.0, 0, vec![object.into()]).bytes
    });
}

#[test]
fn amf3_strings_and_traits_cost_linear_time() {
    costs_linear_time(3_000, |elements| {
        let object = Object::of_class("Point").with("x", Value::Integer(1));
        let bytes = Value::ByteArray(vec![0; 4]);
        let elements = vec![Value::Dictionary(vec![(object.into(), bytes)]); elements];
        Script::new().command("lie", 7.0, 0, vec![elements.into()]).bytes
    });
}

#[test]
fn references_cost_linear_time() {
    costs_linear_time(10_000, |references| {
        let mut payload = Vec::new();
        for value in ["lie".into(), Value::Number(7.0), Value::Null] {
            encode(&value, &mut payload);
        }
        payload.extend(b"\x03\x00\x01a\x05\x00\x00\x09\x0a");
        payload.extend((references as u32).to_be_bytes());
        payload.extend(b"\x07\x00\x00".repeat(references));
        Script::new().payload(MessageType::COMMAND_AMF0, 0, payload).bytes
    });
}

#[test]
fn chunks_of_one_byte_cost_linear_time() {
    costs_linear_time(30_000, |bytes| {
        Script::new()
            .send(&Control::SetChunkSize(1).message())
            .payload(MessageType::DATA_AMF0, 0, vec![5; bytes])
            .send(&Control::SetChunkSize(128).message())
            .bytes
    });
}

#[test]
fn messages_of_no_bytes_cost_linear_time() {
    costs_linear_time(12_500, |messages| {
        let empty = |script: Script| script.payload(MessageType::VIDEO, 1, vec![]);
        (0..messages).fold(Script::new(), |script, _| empty(script)).bytes
    });
}

#[test]
fn many_chunk_streams_cost_linear_time() {
    costs_linear_time(16_250, |chunk_streams| {
        let mut script = Script::new().send(&Control::SetChunkSize(1).message());
        for id in 0..chunk_streams as u16 {
            // Two bytes are declared, and one is sent.
            let [low, high] = id.to_le_bytes();
            script.bytes.extend([1, low, high, 0, 0, 0, 0, 0, 2, 9, 1, 0, 0, 0, 0x17]);
        }
        script.send(&Control::SetChunkSize(128).message()).bytes
    });
}

#[test]
fn many_calls_cost_linear_time() {
    costs_linear_time(2_500, |calls| {
        (0..calls).fold(Script::new(), |script, _| script.command("lie", 7.0, 0, vec![])).bytes
    });
}
