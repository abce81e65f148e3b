//! Measures the CPU time that a shared render loop spends on each frame of each viewer:
//! `cargo bench --bench fan_out -- [VIEWERS [SECONDS [ROUNDS]]]`.
//!
//! The loop's own thread does all of the work, so its CPU time is the figure. For comparison, the
//! floor: frames of the same size, written to as many bare sockets in turn by one thread. In both
//! cases each viewer is a thread that blocks on its socket.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use crossbeam_channel::{Receiver, Sender};
use rendercast::amf::{Object, Value};
use rendercast::client::Player;
use rendercast::config::ConnectionLimits;
use rendercast::media::TagKind;
use rendercast::{
    Connection, HandlerResult, LoopFrameOut, RenderLoop, RenderLoopConfig, Server, ServerConfig,
    Stream,
};

/// 1.6 Mbit/s.
const FRAME_BYTES: usize = 8_000;
const FRAME_RATE: u32 = 25;
const PATIENCE: Duration = Duration::from_secs(10);
const VIEWER_STACK_BYTES: usize = 128 << 10;

/// The figures of one round.
struct Round {
    /// The CPU time of the sending thread for each frame of each viewer, in microseconds.
    cpu_us: f64,
    /// The time from the start of a frame until a viewer had it, in milliseconds.
    p50_ms: f64,
    p99_ms: f64,
}

/// For each frame, when it was begun, and the CPU time of the sending thread up to then.
type Begun = Vec<(Instant, Duration)>;

/// The numbers of the frames, and when each was received.
type Received = Vec<(usize, Instant)>;

fn main() -> Result<()> {
    // `cargo bench` passes this. `cargo test` does not, and a short run is enough for it.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let given: Vec<usize> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .map(|argument| argument.parse().context("VIEWERS, SECONDS and ROUNDS are numbers"))
        .collect::<Result<_>>()?;
    let [viewers, seconds, rounds] = if is_bench { [500, 5, 3] } else { [5, 1, 1] };
    let argument = |place: usize, usual| given.get(place).copied().unwrap_or(usual);
    let viewers = argument(0, viewers);
    let frames = argument(1, seconds) * FRAME_RATE as usize;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..argument(2, rounds) {
        ours.push(shared_loop(viewers, frames)?);
        floors.push(bare_sockets(viewers, frames)?);
    }
    println!("{viewers} viewers, {frames} frames of {FRAME_BYTES} bytes, medians");
    print_line("shared render loop", &ours);
    print_line("floor: bare sockets", &floors);
    Ok(())
}

fn print_line(name: &str, rounds: &[Round]) {
    let median = |figure: fn(&Round) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let (cpu, p50, p99) =
        (median(|round| round.cpu_us), median(|round| round.p50_ms), median(|round| round.p99_ms));
    println!(
        "{name:20} {cpu:6.2} us of CPU a viewer-frame; received after p50 {p50:6.2} ms, p99 {p99:6.2} ms"
    );
}

/// Returns the CPU time of this thread so far.
fn cpu_time() -> Result<Duration> {
    let figures = fs::read_to_string("/proc/thread-self/schedstat").context("Linux alone tells")?;
    let nanoseconds = figures.split(' ').next().unwrap_or_default();
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Computes the figures, without the first frames, since the viewers have just joined then.
fn evaluate(begun: &Begun, received: &[Received]) -> Result<Round> {
    let first = begun.len() / 5;
    let last = begun.len() - 1;
    let cpu = begun[last].1 - begun[first].1;
    let mut delays: Vec<f64> = received
        .iter()
        .flatten()
        .filter(|(number, _)| (first..last).contains(number))
        .map(|(number, at)| (*at - begun[*number].0).as_secs_f64() * 1e3)
        .collect();
    let sent = (last - first) * received.len();
    ensure!(delays.len() == sent, "{} of {sent} frames were received", delays.len());
    delays.sort_unstable_by(f64::total_cmp);
    Ok(Round {
        cpu_us: cpu.as_secs_f64() * 1e6 / sent as f64,
        p50_ms: delays[sent / 2],
        p99_ms: delays[sent * 99 / 100],
    })
}

fn shared_loop(viewers: usize, frames: usize) -> Result<Round> {
    let (all_are_here, begin) = crossbeam_channel::bounded(1);
    let (noted, notes) = crossbeam_channel::bounded(1);
    let config = RenderLoopConfig::new("fan-out").rate(FRAME_RATE.into());
    let frames = frames_of(frames, begin, noted);
    let scene = Arc::new(RenderLoop::of_frames(config, frames)?);
    let server = Server::new(
        ServerConfig::default().connections(ConnectionLimits::default().per_address(viewers)),
    );
    let shown = Arc::clone(&scene);
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let shown = Arc::clone(&shown);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            stream.join(&shown);
            Ok(true)
        });
        Ok(true)
    });
    server.start("127.0.0.1:0")?;
    let url = format!("{}/live/scene", server.listen_addresses()[0]);
    let players: Vec<_> = (0..viewers)
        .map(|_| {
            let player = Player::open(&url)?;
            spawn_viewer(move || {
                let video = player.flatten().filter(|tag| tag.kind == TagKind::Video);
                video.map(|tag| (number_of(&tag.payload), Instant::now())).collect()
            })
        })
        .collect::<Result<_>>()?;
    // A player is told that it plays before it is subscribed.
    let deadline = Instant::now() + PATIENCE;
    while scene.viewers() < viewers {
        ensure!(Instant::now() < deadline, "{} of {viewers} viewers", scene.viewers());
        thread::sleep(Duration::from_millis(10));
    }
    all_are_here.send(())?;
    let begun = notes.recv()?;
    evaluate(&begun, &join(players))
}

/// Makes `frames` frames once `begin` has come, then sends to `noted` when each was begun, and
/// ends.
fn frames_of(
    frames: usize,
    begin: Receiver<()>,
    noted: Sender<Begun>,
) -> impl FnMut(&mut LoopFrameOut, bool) -> HandlerResult + Send {
    let mut begun = Vec::with_capacity(frames);
    move |out, _| {
        if begun.is_empty() && begin.try_recv().is_err() {
            return Ok(true);
        }
        let number = begun.len();
        begun.push((Instant::now(), cpu_time()?));
        if number == frames {
            noted.send(std::mem::take(&mut begun))?;
            out.end();
        } else {
            out.video(frame(number));
        }
        Ok(true)
    }
}

/// Returns a tag body of H.264 that contains its number.
fn frame(number: usize) -> Vec<u8> {
    let is_key_frame = number.is_multiple_of(50);
    let mut frame = vec![if is_key_frame { 0x17 } else { 0x27 }, 1, 0, 0, 0];
    frame.extend((number as u32).to_be_bytes());
    frame.resize(FRAME_BYTES, 0);
    frame
}

fn number_of(frame: &[u8]) -> usize {
    let [_, _, _, _, _, a, b, c, d, ..] = *frame else { return usize::MAX };
    u32::from_be_bytes([a, b, c, d]) as usize
}

fn bare_sockets(viewers: usize, frames: usize) -> Result<Round> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (mut sockets, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..viewers {
        let mut receiving = TcpStream::connect(listener.local_addr()?)?;
        let (sending, _) = listener.accept()?;
        sending.set_nodelay(true)?;
        sending.set_nonblocking(true)?;
        sockets.push(sending);
        readers.push(spawn_viewer(move || {
            let mut frame = vec![0; FRAME_BYTES];
            let mut received = Vec::new();
            while receiving.read_exact(&mut frame).is_ok() {
                received.push((number_of(&frame), Instant::now()));
            }
            received
        })?);
    }
    let sender = thread::spawn(move || -> Result<Begun> {
        let mut begun = Vec::with_capacity(frames);
        let started = Instant::now();
        for number in 0..=frames {
            let due = Duration::from_secs(1) * number as u32 / FRAME_RATE;
            thread::sleep(due.saturating_sub(started.elapsed()));
            begun.push((Instant::now(), cpu_time()?));
            let frame = frame(number);
            for socket in &mut sockets {
                ensure!(socket.write(&frame)? == frame.len(), "a viewer does not keep up");
            }
        }
        Ok(begun)
    });
    let begun = sender.join().expect("it does not panic")?;
    evaluate(&begun, &join(readers))
}

fn spawn_viewer(run: impl FnOnce() -> Received + Send + 'static) -> Result<JoinHandle<Received>> {
    let builder = thread::Builder::new().stack_size(VIEWER_STACK_BYTES);
    builder.spawn(run).context("no thread for a viewer")
}

fn join(viewers: Vec<JoinHandle<Received>>) -> Vec<Received> {
    viewers.into_iter().map(|viewer| viewer.join().expect("it does not panic")).collect()
}
