//! Records the seeds of the fuzz targets: what known clients say, what they are answered, and
//! values, handshakes and films of other kinds.
//!
//! ```text
//! cargo run -p rendercast-record-seeds
//! ```
//!
//! Writes `fuzz/seeds`; the same each time, but for what has changed in the clients or in us. Seeds
//! that the fuzzer found stay.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use rendercast::amf::{Date, Object, ObjectVector, Value, amf3};
use rendercast::media::codec::VideoEncoder;
use rendercast::media::codec::screen::{Screen2Encoder, ScreenEncoder};
use rendercast::media::flv::{Reader, Writer};
use rendercast::media::{Canvas, PixelType};
use rendercast::protocol::chunk::{self, Limits, MessageType};
use rendercast::protocol::handshake::{Client, Form, Scheme, Server};
use rendercast::protocol::server_session::{Config, Event, PlayStart, ServerSession};
// The clients below know it by this name.
use rendercast::protocol;

/// What known clients send, as the tests of the session have it.
#[path = "../../../src/protocol/server_session/tests"]
#[allow(dead_code, reason = "the tests need more of it")]
mod session_tests {
    mod clients;
    mod support;

    pub(crate) fn clients() -> [(&'static str, Vec<u8>); 6] {
        clients::all_in_simple_form()
    }
}

/// As long as S0, S1 and S2.
const HANDSHAKE_BYTES: usize = 3_073;

/// What the session target's seeds start with: how to cut (some way), how to answer (yes), and
/// where to start (behind a handshake).
const CONTROL_BYTES: [u8; 3] = [7, 0, 0];

/// How much of a film is enough: its headers and a few frames.
const FILM_BYTES: usize = 3_000;

fn main() -> Result<()> {
    record_conversations()?;
    record_handshakes()?;
    record_amf3()?;
    record_films()?;
    record_screen_video()
}

fn record_conversations() -> Result<()> {
    for (client, bytes) in session_tests::clients() {
        let name = &client.to_lowercase().replace(", ", "_");
        let chunks = &bytes[HANDSHAKE_BYTES..];
        write("session", name, &[&CONTROL_BYTES, chunks].concat())?;
        write("chunk_reader", name, &[&[14], chunks].concat())?;
        write("client_session", name, &[&[7, 0], &answers(chunks)?[HANDSHAKE_BYTES..]].concat())?;
        for (index, payload) in commands(chunks)?.iter().enumerate() {
            write("amf0", &format!("{name}_{index:02}"), payload)?;
        }
    }
    Ok(())
}

fn record_handshakes() -> Result<()> {
    let forms = [
        ("simple", Form::Simple),
        ("key_first", Form::Digest(Scheme::KeyFirst)),
        ("digest_first", Form::Digest(Scheme::DigestFirst)),
    ];
    for (name, form) in forms {
        let (mut client, mut server) = (Client::new([7; 32], form), Server::new([9; 32]));
        let (mut said, mut answered) = (Vec::new(), Vec::new());
        client.start(&mut said);
        server.read(&mut &*said, &mut answered)?;
        client.read(&mut &*answered, &mut said)?;
        write("handshake", &format!("client_{name}"), &[&[3], &*said, b"\x02"].concat())?;
        write("handshake", &format!("server_{name}"), &[&[3], &*answered, b"\x02"].concat())?;
    }
    write("handshake", "http", b"\x00GET / HTTP/1.1\r\n\r\n")?;
    write("handshake", "tls", b"\x00\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
}

fn record_amf3() -> Result<()> {
    let object = Object::of_class("flash.geom.Point").with("x", 1.5).with("y", Value::Integer(-2));
    let elements = vec!["x".into(), Value::Null, Value::from(object.clone())];
    let date = Date { unix_milliseconds: 1e12, time_zone_minutes: 0 };
    let values = [
        ("object", object.clone().into()),
        ("array", elements.clone().into()),
        ("mixed_array", Value::EcmaArray(object.clone().with("0", true))),
        ("date", Value::Date(date)),
        ("xml", Value::Xml("<a/>".into())),
        ("bytes", Value::ByteArray(vec![1, 2, 3])),
        ("ints", Value::IntVector(vec![-1, 2])),
        ("uints", Value::UintVector(vec![1, 2])),
        ("doubles", Value::DoubleVector(vec![0.5, -2.0])),
        ("objects", ObjectVector { class_name: "Object".into(), elements }.into()),
        ("dictionary", Value::Dictionary(vec![("a".into(), object.into())])),
    ];
    let mut all = Vec::new();
    for (name, value) in values {
        let mut out = Vec::new();
        amf3::encode(&value, &mut out);
        write("amf3", name, &out)?;
        write("amf0", &format!("avmplus_{name}"), &[&[0x11], &*out].concat())?;
        all.extend(out);
    }
    write("amf3", "all", &all)?;
    // Two objects of one class, a string sent once and repeated, and a reference to the first.
    let references =
        b"\x0a\x23\x03A\x03b\x06\x03c\x0a\x01\x06\x02\x0a\x00\x09\x05\x01\x06\x04\x09\x02";
    write("amf3", "references", references)
}

fn record_films() -> Result<()> {
    let assets = in_repository("tests/assets");
    for name in ["aac_only", "h264_aac", "screen", "sorenson_mp3"] {
        let film = fs::File::open(assets.join(name).with_extension("flv"))?;
        let mut writer = Writer::new(Vec::new(), true, true)?;
        let mut length = 0;
        for tag in Reader::new(film)?.map_while(Result::ok) {
            length += tag.payload.len();
            if length > FILM_BYTES {
                break;
            }
            writer.write(&tag)?;
        }
        write("flv", name, &writer.into_inner())?;
    }
    Ok(())
}

fn record_screen_video() -> Result<()> {
    record_pictures("screen_video", "bgr24", &mut ScreenEncoder::new())?;
    record_pictures("screen_video_2", "bgr24", &mut Screen2Encoder::new())?;
    let mut hybrid = Screen2Encoder::new();
    ensure!(hybrid.set_parameter("colour_space", "hybrid"));
    record_pictures("screen_video_2", "hybrid", &mut hybrid)
}

/// A box that moves over a gradient, and stands still.
fn record_pictures(target: &str, name: &str, encoder: &mut dyn VideoEncoder) -> Result<()> {
    ensure!(encoder.set_parameter("block_size", "32x16"));
    encoder.init(50, 40)?;
    let mut seed = Vec::new();
    for place in [0usize, 5, 5, 20, 0] {
        let mut canvas = Canvas::new(50, 40, PixelType::Grey8)?;
        for y in 0..40 {
            canvas.row_mut(y).fill(y as u8 * 6);
            if (place as u32..place as u32 + 8).contains(&y) {
                canvas.row_mut(y)[place..place + 8].fill(200);
            }
        }
        let data = encoder.encode_canvas(&canvas)?.context("no frame")?;
        seed.extend((data.bytes.len() as u16).to_be_bytes());
        seed.extend(&*data.bytes);
    }
    write(target, name, &seed)
}

fn write(target: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let path = in_repository("fuzz/seeds").join(target).join(name);
    let written =
        fs::create_dir_all(path.with_file_name("")).and_then(|()| fs::write(&path, bytes));
    written.with_context(|| path.display().to_string())
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// What a server that says yes answers to a client's chunks, its handshake included.
fn answers(chunks: &[u8]) -> Result<Vec<u8>> {
    let now = Instant::now();
    let mut session = ServerSession::new(Config::default(), [9; 32], now);
    let mut hello = vec![0; HANDSHAKE_BYTES];
    hello[0] = 3;
    let said = [&*hello, chunks].concat();
    let mut rest = &*said;
    while let Some(event) = session.read(now, &mut rest)? {
        match event {
            Event::Connect(_) => session.accept_connect(),
            Event::CreateStream(request) => session.accept_create_stream(request),
            Event::Play(play) => session.start_play(
                play.stream,
                PlayStart { name: &play.name, recorded: true, reset: play.reset },
            ),
            Event::Publish(publish) => session.start_publish(publish.stream, &publish.name),
            Event::Pause { stream, paused, .. } => session.notify_pause(stream, paused, "sea"),
            Event::Seek { stream, position } => session.notify_seek(stream, position.0),
            Event::Call(call) => {
                session.answer_by_default(&call);
            }
            _ => {}
        }
    }
    Ok(session.take_output())
}

/// The values of the commands in a client's chunks.
fn commands(mut chunks: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut reader = chunk::Reader::new(Limits::default());
    let mut commands = Vec::new();
    while let Some(message) = reader.read(&mut chunks)? {
        match message.message_type {
            MessageType::COMMAND_AMF0 => commands.push(message.payload.to_vec()),
            // Behind the byte that says that AMF0 follows.
            MessageType::COMMAND_AMF3 => commands.push(message.payload[1..].to_vec()),
            _ => {}
        }
    }
    Ok(commands)
}
