//! How soon commands are answered and seen, while no other test runs.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::{
    CancelLevel, HandlerResult, LoopCanvas, LoopCommands, RenderLoop, RenderLoopConfig,
    ServerConfig, Stream,
};

use super::{Numbers, is_header, mark};
use crate::support::{Client, Host, PATIENCE, Stalls, on_streams};

/// The time of a frame at 25 a second.
const PERIOD: Duration = Duration::from_millis(40);

/// Commands and frames pass through so many threads, each of which a busy machine holds up.
const THREADS: u32 = 4;

/// What the machine may add.
const SLACK: Duration = Duration::from_millis(15);

fn host_alone(scene: &Arc<RenderLoop>) -> Host {
    let scene = Arc::clone(scene);
    let streams = on_streams(move |stream: &Stream| stream.join(&scene));
    Host::start_alone(ServerConfig::default(), streams)
}

#[test]
fn a_render_of_two_seconds_is_cancelled_within_50_ms_and_the_frame_rate_stays() {
    let render = |canvas: &mut LoopCanvas| -> HandlerResult {
        canvas.row_mut(0).fill(1);
        canvas.show();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) && !canvas.is_cancelled() {
            // A sample of a slow renderer.
            thread::sleep(Duration::from_millis(5));
        }
        canvas.row_mut(0).fill(1);
        Ok(true)
    };
    let scene = Numbers::default().render_loop(RenderLoopConfig::new("two seconds"), render);
    let host = host_alone(&scene);
    let mut client = host.client();
    client.play_new("scene");
    client.next_media();
    let stalls = Stalls::count();
    let mut waits = Vec::new();
    let mut times = vec![client.next_media().tag.timestamp];
    for _ in 0..10 {
        let (tell, told) = mpsc::channel();
        let (start, lost) = (Instant::now(), stalls.lost());
        let commands = LoopCommands::of(|| Ok(1.into())).cancel(CancelLevel::StartOver);
        let commands = commands.on_outcome(move |_| tell.send(Instant::now()).expect("it waits"));
        scene.execute(commands).expect("there is room");
        let wait = told.recv_timeout(PATIENCE).expect("an answer") - start;
        waits.push(wait.saturating_sub(THREADS * (stalls.lost() - lost)));
        for _ in 0..5 {
            times.push(client.next_media().tag.timestamp);
        }
    }
    waits.sort();
    assert!(waits[8] < Duration::from_millis(50), "{waits:?}");
    let passed = times[50].since(times[0]);
    let lost = i32::try_from(stalls.lost().as_millis()).expect("no weeks");
    assert!((1900..=2200 + 4 * lost).contains(&passed), "50 frames in {passed} ms, {lost} ms lost");
}

#[test]
fn a_command_is_seen_after_one_render_and_one_frame_at_most() {
    const RENDER: Duration = Duration::from_millis(20);
    let drawn = Arc::new(AtomicU8::new(0));
    let read = Arc::clone(&drawn);
    let render = move |canvas: &mut LoopCanvas| -> HandlerResult {
        let mark = read.load(Ordering::SeqCst);
        thread::sleep(RENDER);
        canvas.row_mut(0).fill(mark);
        Ok(true)
    };
    let scene = Numbers::default().render_loop(RenderLoopConfig::new("seen"), render);
    let host = host_alone(&scene);
    let mut client = host.client();
    client.play_new("scene");
    client.next_media();
    let stalls = Stalls::count();
    // A machine that is busy with others has three tries.
    let mut tries = (0..3).map(|_| of_twenty(&scene, &drawn, &mut client, &stalls));
    let limit = RENDER + PERIOD + SLACK;
    assert!(tries.any(|wait| wait < limit), "more than {limit:?}");
}

/// Sends commands, and returns how long one of twenty takes at least until a frame shows it, but
/// for what the machine held up.
fn of_twenty(
    scene: &RenderLoop,
    drawn: &Arc<AtomicU8>,
    client: &mut Client,
    stalls: &Stalls,
) -> Duration {
    const COMMANDS: u8 = 40;
    let mut waits = Vec::new();
    for _ in 0..COMMANDS {
        let new = drawn.load(Ordering::SeqCst) + 1;
        // At any moment of a period.
        client.listen(PERIOD * (u32::from(new) * 7 % 10) / 10);
        let (start, lost, drawn) = (Instant::now(), stalls.lost(), Arc::clone(drawn));
        let set = move || {
            drawn.store(new, Ordering::SeqCst);
            Ok(true.into())
        };
        scene.execute(LoopCommands::of(set)).expect("there is room");
        let mut tag = client.next_media().tag;
        while is_header(&tag) || mark(&tag) != new {
            tag = client.next_media().tag;
        }
        let wait = start.elapsed();
        waits.push(wait.saturating_sub(THREADS * (stalls.lost() - lost)));
    }
    waits.sort();
    waits[usize::from(COMMANDS) * 95 / 100 - 1]
}
