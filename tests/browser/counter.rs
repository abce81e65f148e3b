//! The server of the browser tests: pictures that carry numbers, and the demo film.
//!
//! `counter HOST:PORT FOLDER` listens, prints `listening on HOST:PORT`, and ends when its input
//! does. The port takes HTTP and HTTPS. Application `screen`, `screen2` or `h264` has a stream of
//! any name in that codec. Application `private` lets no client in. All others play the files of
//! `FOLDER`.
//!
//! The top rows of a picture are numbers in cells of black and white: how many pictures came
//! before, the milliseconds of the wall clock when it was drawn, and the last number that was given
//! to the procedure `mark` or is on a key that was pressed. The procedure `sound` adds a tone in
//! the audio codec that it is given.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rendercast::amf::{Object, Value};
use rendercast::media::codec::sound::AudioFormat;
use rendercast::media::{Canvas, PixelType};
#[cfg(feature = "tls")]
use rendercast::tls::{Certificate, Certificates};
use rendercast::vod::{FileHandler, Library};
use rendercast::{
    ConnectEventHandler, Connection, HandlerResult, LoopCanvas, Refusal, RenderLoop,
    RenderLoopConfig, Server, ServerConfig, SoundOut, Stream, StreamEntry,
};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 360;
const RATE: f64 = 25.0;

/// The sound that the procedure `sound` begins.
const FORMAT: AudioFormat = AudioFormat { sample_rate: 48_000, channels: 1 };

/// The side of a cell in pixels. The most significant bit comes first.
const CELL: u32 = 16;
const BITS: u32 = 24;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().expect("an address as the first argument");
    let folder = arguments.next().expect("a folder as the second argument");
    let config = ServerConfig::default();
    #[cfg(feature = "tls")]
    let config = config.tls(self_signed());
    let server = Server::new(config);
    let mark = Arc::new(AtomicU32::new(0));
    for (app, codec) in
        [("screen", "screen video"), ("screen2", "screen video 2"), ("h264", "h264")]
    {
        if server.video_codec_factory().names().iter().any(|name| name == codec) {
            show_counter(&server, app, codec, &mark);
        }
    }
    serve_files(&server, &folder);
    server.start(&address).expect("the address is free");
    for address in server.listen_addresses() {
        println!("listening on {}", address.socket_address().expect("no Unix socket"));
    }
    // The test holds the input open for as long as it lives.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    server.shutdown();
}

/// Makes a certificate that browsers must not verify.
#[cfg(feature = "tls")]
fn self_signed() -> Certificates {
    let certificate = Certificate::self_signed(["rendercast.example"]).expect("a certificate");
    Certificates::load([certificate]).expect("it can be used")
}

/// Plays the files of a folder to the clients of all applications but `private`.
fn serve_files(server: &Server, folder: &str) {
    let files = FileHandler::new(Library::folder(folder).expect("a folder")).repeat(false);
    server.install(move |connection: &Connection, command: &Object, rest: &[Value]| {
        if connection.app() == "private" {
            let code = "NetConnection.Connect.Rejected";
            return Err(Refusal::new(code, "Members only.").into());
        }
        files.connect(connection, command, rest)
    });
}

/// Shows the counter to the clients of an application.
fn show_counter(server: &Server, app: &'static str, codec: &str, mark: &Arc<AtomicU32>) {
    let config =
        RenderLoopConfig::new(app).size(WIDTH, HEIGHT).pixel_type(PixelType::Bgra8).rate(RATE);
    let mut count = 0;
    let drawn_mark = Arc::clone(mark);
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        draw(canvas, [count, milliseconds(), drawn_mark.load(Ordering::Relaxed)]);
        count += 1;
        Ok(true)
    };
    let counter = RenderLoop::new(config, server.video_codec_factory(), codec, draw);
    let counter = Arc::new(counter.expect("the codec is there"));
    let entry = StreamEntry::new(app, "counter").codec(codec).size(WIDTH, HEIGHT).picture();
    server.list_streams(move || vec![entry.clone()]);
    let mark = Arc::clone(mark);
    let audio_codecs = server.audio_codec_factory().clone();
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        if connection.app() != app {
            return Ok(false);
        }
        let (counter, sounded) = (Arc::clone(&counter), Arc::clone(&counter));
        let (mark, keys) = (Arc::clone(&mark), Arc::clone(&mark));
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            stream.join(&counter);
            HandlerResult::Ok(true)
        });
        connection.register_remote_call_handler(
            "mark",
            move |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                set_mark(&mark, arguments)
            },
        );
        let audio_codecs = audio_codecs.clone();
        connection.register_remote_call_handler(
            "sound",
            move |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let codec = arguments.first().and_then(Value::as_str).unwrap_or_default();
                sounded.register_sound_event_handler(&audio_codecs, codec, FORMAT, tone)?;
                HandlerResult::Ok(Value::Null)
            },
        );
        connection.register_remote_call_handler(
            "key_events",
            move |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                press_keys(&keys, arguments)
            },
        );
        Ok(true)
    });
}

/// Makes a tone of 440 Hz.
fn tone(out: &mut SoundOut) -> HandlerResult {
    let first = out.first_sample();
    for (at, sample) in out.samples_mut().iter_mut().enumerate() {
        let seconds = (first + at as u64) as f64 / f64::from(FORMAT.sample_rate);
        *sample = (seconds * 440.0 * std::f64::consts::TAU).sin() as f32 * 0.3;
    }
    Ok(true)
}

fn set_mark(mark: &AtomicU32, arguments: &[Value]) -> HandlerResult<Value> {
    let number = arguments.first().and_then(Value::as_number);
    let number = number.ok_or_else(|| Refusal::call_failed("mark takes a number"))?;
    mark.store(number as u32, Ordering::Relaxed);
    Ok(number.into())
}

/// Makes the number of a digit key the mark, and 100 more once the key is released.
fn press_keys(mark: &AtomicU32, arguments: &[Value]) -> HandlerResult<Value> {
    let [Value::StrictArray(events)] = arguments else {
        return Err(Refusal::call_failed("key_events takes a list").into());
    };
    for event in events.iter().filter_map(Value::as_object) {
        let code = event.get("code").and_then(Value::as_str).unwrap_or_default();
        let Some(digit) = code.strip_prefix("Digit").and_then(|digit| digit.parse().ok()) else {
            continue;
        };
        let is_down = event.get("down").and_then(Value::as_bool) == Some(true);
        mark.store(if is_down { digit } else { digit + 100_u32 }, Ordering::Relaxed);
    }
    Ok(Value::Null)
}

fn milliseconds() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    (now.as_millis() & 0xff_ffff) as u32
}

/// Draws a number in each row of cells, and a bar that moves below them.
fn draw(canvas: &mut Canvas<'static>, numbers: [u32; 3]) {
    let [count, ..] = numbers;
    let below =
        row(|x| if x.abs_diff(count * 4 % WIDTH) < 20 { [240, 120, 40] } else { [90, 60, 90] });
    let rows = numbers.map(|number| {
        row(|x| match x / CELL {
            bit if bit < BITS => [(number >> (BITS - 1 - bit) & 1) as u8 * 255; 3],
            _ => [0; 3],
        })
    });
    for y in 0..HEIGHT {
        canvas.row_mut(y).copy_from_slice(rows.get((y / CELL) as usize).unwrap_or(&below));
    }
}

/// Makes a row of pixels, from the blue, green and red of each.
fn row(colour_at: impl Fn(u32) -> [u8; 3]) -> Vec<u8> {
    let pixels = (0..WIDTH).map(colour_at);
    pixels.flat_map(|[blue, green, red]| [blue, green, red, u8::MAX]).collect()
}
