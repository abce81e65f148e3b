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
use crate::support::{Client, Delays, Host, PATIENCE, ensure, on_streams, one_of_several};

/// The time of a frame at 25 a second.
const PERIOD: Duration = Duration::from_millis(40);

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
    one_of_several(|| {
        let ((waits, passed), delays) = Delays::during(|| cancel_ten(&scene, &mut client));
        // The render, the loop and the test wake up late on a busy machine.
        let limit = Duration::from_millis(50) + 3 * delays.nine_of_ten();
        ensure(waits[8] < limit, || format!("{waits:?}, the limit is {limit:?}"))?;
        ensure((1900..=2200).contains(&passed), || format!("50 frames in {passed} ms"))
    });
}

/// Cancels ten renders. Returns how long that took, and the milliseconds of the frames meanwhile.
fn cancel_ten(scene: &RenderLoop, client: &mut Client) -> (Vec<Duration>, i32) {
    let mut waits = Vec::new();
    let mut times = vec![client.next_media().tag.timestamp];
    for _ in 0..10 {
        let (tell, told) = mpsc::channel();
        let start = Instant::now();
        let commands = LoopCommands::of(|| Ok(1.into())).cancel(CancelLevel::StartOver);
        let commands = commands.on_outcome(move |_| tell.send(Instant::now()).expect("it waits"));
        scene.execute(commands).expect("there is room");
        waits.push(told.recv_timeout(PATIENCE).expect("an answer") - start);
        for _ in 0..5 {
            times.push(client.next_media().tag.timestamp);
        }
    }
    waits.sort();
    (waits, times[50].since(times[0]))
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
    one_of_several(|| {
        let (wait, delays) = Delays::during(|| of_twenty(&scene, &drawn, &mut client));
        // Two renders, the frame, the sending and the test wake up late on a busy machine.
        let limit = RENDER + PERIOD + SLACK + 5 * delays.nine_of_ten();
        ensure(wait < limit, || format!("{wait:?}, the limit is {limit:?}"))
    });
}

/// Sends commands, and returns how long one of twenty takes at least until a frame shows it.
fn of_twenty(scene: &RenderLoop, drawn: &Arc<AtomicU8>, client: &mut Client) -> Duration {
    const COMMANDS: u8 = 40;
    let mut waits = Vec::new();
    for _ in 0..COMMANDS {
        let new = drawn.load(Ordering::SeqCst).wrapping_add(1);
        // At any moment of a period.
        client.listen(PERIOD * (u32::from(new) * 7 % 10) / 10);
        let (start, drawn) = (Instant::now(), Arc::clone(drawn));
        let set = move || {
            drawn.store(new, Ordering::SeqCst);
            Ok(true.into())
        };
        scene.execute(LoopCommands::of(set)).expect("there is room");
        let mut tag = client.next_media().tag;
        while is_header(&tag) || mark(&tag) != new {
            tag = client.next_media().tag;
        }
        waits.push(start.elapsed());
    }
    waits.sort();
    waits[usize::from(COMMANDS) * 95 / 100 - 1]
}
