//! Measures how long a picture takes from the renderer's canvas to a player on the same machine:
//! `cargo bench --bench latency -- [SECONDS [CODEC]]`.
//!
//! It measures a stream with loops of its own, and one that shares a loop. The time for encoding is
//! measured apart and subtracted. For comparison, the floor: frames of the same sizes, written to a
//! bare socket by one thread and read by another.

#[path = "../examples/render_scene/renderer.rs"]
mod renderer;
#[allow(dead_code, reason = "the scene is not steered here")]
#[path = "../examples/render_scene/scene.rs"]
mod scene;
#[path = "../examples/render_scene/vector.rs"]
mod vector;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use crossbeam_channel::{Receiver, Sender};
use rendercast::amf::{Object, Value};
use rendercast::client::Player;
use rendercast::media::codec::{
    CodecError, VideoCodecFactory, VideoData, VideoDecoder, VideoEncoder, VideoPlugin,
};
use rendercast::media::{Canvas, PixelType, TagKind};
use rendercast::{
    Connection, FrameOut, HandlerResult, LoopCanvas, PlayOut, RenderLoop, RenderLoopConfig, Server,
    ServerConfig, Stream,
};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 360;
const FRAME_RATE: u32 = 25;

/// What the server recorded of a frame.
struct Made {
    canvas_done: Instant,
    encoding: Duration,
    is_sequence_header: bool,
}

fn main() -> Result<()> {
    // `cargo bench` passes this. `cargo test` does not, and a short run is enough for it.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let seconds = match arguments.next() {
        Some(text) => text.parse().context("SECONDS")?,
        None => {
            if is_bench {
                20
            } else {
                1
            }
        }
    };
    let codec = arguments.next().unwrap_or_else(|| "screen video".to_owned());
    let frames = seconds * FRAME_RATE as usize;

    let (sizes, encoding, delays) = play(&codec, frames)?;
    let mean_size = sizes.iter().sum::<usize>() / sizes.len().max(1);
    println!("{codec}, {WIDTH}x{HEIGHT}, {frames} frames of {mean_size} bytes on average");
    print_line("encoding", encoding);
    print_line("canvas to player beyond that", delays);
    let (_, _, delays) = play_shared(&codec, frames)?;
    print_line("the same of a shared loop", delays);
    print_line("floor: a bare socket", floor(&sizes)?);
    Ok(())
}

fn print_line(name: &str, mut durations: Vec<Duration>) {
    durations.sort_unstable();
    let at = |share: usize| durations[(durations.len() - 1) * share / 1000].as_secs_f64() * 1e3;
    println!("{name:30} p50 {:7.3} ms   p99 {:7.3} ms", at(500), at(990));
}

type Durations = Vec<Duration>;

/// The size of each frame, how long its encoding took, and how long the rest of its way.
fn play(codec: &str, frames: usize) -> Result<(Vec<usize>, Durations, Durations)> {
    let (made, makings) = crossbeam_channel::unbounded();
    let server = Server::new(ServerConfig::default());
    let codec = codec.to_owned();
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let (made, codec) = (made.clone(), codec.clone());
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            set_up(stream, &made);
            Ok(stream.use_codec(&codec))
        });
        Ok(true)
    });
    server.start("127.0.0.1:0")?;
    let player = Player::open(&format!("{}/live/scene", server.listen_addresses()[0]))?;
    receive(player, &makings, frames)
}

/// Measures the same for a stream that shares a loop.
fn play_shared(codec: &str, frames: usize) -> Result<(Vec<usize>, Durations, Durations)> {
    let (made, makings) = crossbeam_channel::unbounded();
    let last_canvas_done = Arc::default();
    let codecs = VideoCodecFactory::default();
    let timed = TimedCodec {
        codecs: codecs.clone(),
        codec: codec.to_owned(),
        canvas_done: Arc::clone(&last_canvas_done),
        made,
    };
    codecs.add(Arc::new(timed))?;
    let started = Instant::now();
    let render = move |canvas: &mut LoopCanvas| -> HandlerResult {
        let scene = scene::Scene::at(started.elapsed(), &scene::View::default());
        **canvas = renderer::render(&scene, WIDTH, HEIGHT)?;
        *last_canvas_done.lock().expect("no thread panics with the lock") = Some(Instant::now());
        Ok(true)
    };
    let config = RenderLoopConfig::new("scene").size(WIDTH, HEIGHT).rate(FRAME_RATE.into());
    let scene = Arc::new(RenderLoop::new(config, &codecs, TIMED, render)?);
    let server = Server::new(ServerConfig::default());
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let scene = Arc::clone(&scene);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            stream.join(&scene);
            Ok(true)
        });
        Ok(true)
    });
    server.start("127.0.0.1:0")?;
    let player = Player::open(&format!("{}/live/scene", server.listen_addresses()[0]))?;
    receive(player, &makings, frames)
}

/// No other codec has this name, and no player decodes it.
const TIMED: &str = "vp6";

/// A codec that records when it encodes each picture, and how long that takes.
#[derive(Clone)]
struct TimedCodec {
    codecs: VideoCodecFactory,
    codec: String,
    /// `None` once it has been encoded.
    canvas_done: Arc<Mutex<Option<Instant>>>,
    made: Sender<Made>,
}

struct TimedEncoder {
    encoder: Box<dyn VideoEncoder>,
    timed: TimedCodec,
}

impl VideoPlugin for TimedCodec {
    fn name(&self) -> &str {
        TIMED
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        let encoder = self.codecs.create_video_encoder(&self.codec)?;
        Some(Box::new(TimedEncoder { encoder, timed: self.clone() }))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        None
    }
}

impl VideoEncoder for TimedEncoder {
    /// The sequence header is left out, since the codec of that name has none.
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        self.encoder.init(width, height)
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.encoder.set_parameter(name, value)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.encoder.parameter(name)
    }

    fn supported_types(&self) -> &[PixelType] {
        self.encoder.supported_types()
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        let canvas_done =
            self.timed.canvas_done.lock().expect("no thread panics with the lock").take();
        // A picture that is sent again has no time of its own.
        let Some(canvas_done) = canvas_done else { return Ok(None) };
        let begun = Instant::now();
        let frame = self.encoder.encode_canvas(canvas)?;
        let encoding = begun.elapsed();
        if frame.is_some() {
            let made = Made { canvas_done, encoding, is_sequence_header: false };
            self.timed.made.send(made).map_err(|error| CodecError::Failed(error.to_string()))?;
        }
        Ok(frame)
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        self.encoder.close()
    }

    fn identifier(&self) -> &str {
        self.encoder.identifier()
    }
}

fn receive(
    player: Player,
    makings: &Receiver<Made>,
    frames: usize,
) -> Result<(Vec<usize>, Durations, Durations)> {
    let (mut sizes, mut encoding, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    for tag in player {
        let tag = tag?;
        let received = Instant::now();
        if tag.kind != TagKind::Video {
            continue;
        }
        let made = makings.recv()?;
        ensure!(made.is_sequence_header == tag.is_sequence_header(), "a frame was lost");
        if made.is_sequence_header {
            continue;
        }
        sizes.push(tag.payload.len());
        encoding.push(made.encoding);
        delays.push(received - made.canvas_done - made.encoding);
        if delays.len() == frames {
            break;
        }
    }
    ensure!(delays.len() == frames, "the stream ended early");
    Ok((sizes, encoding, delays))
}

fn set_up(stream: &Stream, made: &Sender<Made>) {
    let last: Arc<Mutex<Option<(Canvas<'static>, Instant)>>> = Arc::default();
    let (rendered, started) = (Arc::clone(&last), Instant::now());
    stream.register_render_event_handler(move |stream: &Stream| -> HandlerResult {
        let scene = scene::Scene::at(started.elapsed(), &scene::View::default());
        let canvas = renderer::render(&scene, WIDTH, HEIGHT)?;
        *rendered.lock().expect("no thread panics with the lock") = Some((canvas, Instant::now()));
        stream.request_frame();
        Ok(true)
    });
    let frames = made.clone();
    stream.register_frame_event_handler(
        move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            let taken = last.lock().expect("no thread panics with the lock").take();
            let Some((canvas, canvas_done)) = taken else { return Ok(true) };
            let encoder = stream.video_codec().context("no codec is in use")?;
            let begun = Instant::now();
            let frame = encoder.encode_canvas(&canvas)?;
            let encoding = begun.elapsed();
            if frame.is_some() {
                frames.send(Made { canvas_done, encoding, is_sequence_header: false })?;
            }
            out.video(frame);
            Ok(true)
        },
    );
    let headers = made.clone();
    stream.register_play_event_handler(
        move |stream: &Stream, out: &mut PlayOut| -> HandlerResult {
            let encoder = stream.video_codec().context("no codec is in use")?;
            let header = encoder.init(WIDTH, HEIGHT)?;
            if header.is_some() {
                let (canvas_done, encoding) = (Instant::now(), Duration::ZERO);
                headers.send(Made { canvas_done, encoding, is_sequence_header: true })?;
            }
            out.video(header);
            Ok(true)
        },
    );
}

/// Measures how long frames of these sizes take between two threads over a bare socket.
fn floor(sizes: &[usize]) -> Result<Durations> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut sending = TcpStream::connect(listener.local_addr()?)?;
    let (mut receiving, _) = listener.accept()?;
    sending.set_nodelay(true)?;
    let (sent, moments) = crossbeam_channel::unbounded();
    let frames = sizes.to_vec();
    let sender = thread::spawn(move || -> Result<()> {
        let frame = vec![7; frames.iter().copied().max().unwrap_or(0)];
        for size in frames {
            thread::sleep(Duration::from_secs(1) / FRAME_RATE);
            sent.send(Instant::now())?;
            sending.write_all(&frame[..size])?;
        }
        Ok(())
    });
    let mut frame = vec![0; sizes.iter().copied().max().unwrap_or(0)];
    let mut durations = Vec::with_capacity(sizes.len());
    for size in sizes {
        receiving.read_exact(&mut frame[..*size])?;
        durations.push(moments.recv()?.elapsed());
    }
    sender.join().expect("it does not panic")?;
    Ok(durations)
}
