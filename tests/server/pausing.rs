//! Pause and resume.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rendercast::amf::Value;
use rendercast::{
    FrameEventHandler, FrameOut, HandlerResult, PauseEventHandler, RenderEventHandler, Stream,
};

use crate::support::{Client, Host, Told, key_frame, on_streams};

/// The time of many ticks of the loops in these tests.
const A_WHILE: Duration = Duration::from_millis(200);

/// Counts the calls of both loops.
#[derive(Clone, Default)]
struct Loops {
    frames: Arc<AtomicU32>,
    renders: Arc<AtomicU32>,
}

impl FrameEventHandler for Loops {
    fn frame(&mut self, _: &Stream, out: &mut FrameOut, _: bool) -> HandlerResult {
        let number = self.frames.fetch_add(1, Ordering::SeqCst);
        out.video(key_frame(number, 0));
        Ok(true)
    }
}

impl RenderEventHandler for Loops {
    fn render(&mut self, _: &Stream) -> HandlerResult {
        self.renders.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }
}

impl Loops {
    fn counts(&self) -> (u32, u32) {
        (self.frames.load(Ordering::SeqCst), self.renders.load(Ordering::SeqCst))
    }
}

/// Refuses to pause or to resume if the stream's name says so.
struct Pauses(Told);

impl PauseEventHandler for Pauses {
    fn pause(&mut self, stream: &Stream) -> HandlerResult {
        self.0.note("pause");
        match stream.stream_name().as_str() {
            "never pauses" => Ok(false),
            "fails to pause" => Err("no".into()),
            _ => Ok(true),
        }
    }

    fn resume(&mut self, stream: &Stream) -> HandlerResult {
        self.0.note("resume");
        Ok(stream.stream_name() != "never resumes")
    }
}

fn host(loops: &Loops, told: &Told) -> Host {
    let (loops, told) = (loops.clone(), told.clone());
    Host::start(on_streams(move |stream| {
        stream.set_property("render_rate", 200).expect("a valid rate");
        stream.register_frame_event_handler(loops.clone());
        stream.register_render_event_handler(loops.clone());
        stream.register_pause_event_handler(Pauses(told.clone()));
    }))
}

/// Checks that both loops stand still from now on.
#[track_caller]
fn check_silence(client: &mut Client, loops: &Loops) {
    let before = loops.counts();
    let silence = client.listen(A_WHILE);
    // A call that had begun may still end.
    assert!(silence.len() <= 1, "{silence:?}");
    let after = loops.counts();
    assert!(after.0 <= before.0 + 1 && after.1 <= before.1 + 1, "{before:?}, then {after:?}");
}

/// Reads until both loops have run again.
fn wait_for_loops(client: &mut Client, loops: &Loops) {
    let before = loops.counts();
    loop {
        client.next_media();
        let now = loops.counts();
        if now.0 > before.0 && now.1 > before.1 {
            return;
        }
    }
}

#[test]
fn a_pause_suspends_both_loops_until_the_resume() {
    let (loops, told) = (Loops::default(), Told::default());
    let host = host(&loops, &told);
    let mut client = host.client();
    let stream = client.play_new("scene");
    wait_for_loops(&mut client, &loops);
    client.pause(stream, true);
    client.wait_for_code("NetStream.Pause.Notify");
    check_silence(&mut client, &loops);
    client.pause(stream, false);
    client.wait_for_code("NetStream.Unpause.Notify");
    wait_for_loops(&mut client, &loops);
    assert_eq!(told.all(), ["pause", "resume"]);
}

#[test]
fn the_clock_stands_still_during_a_pause() {
    let (loops, told) = (Loops::default(), Told::default());
    let host = host(&loops, &told);
    let mut client = host.client();
    let mut started = Instant::now();
    let stream = client.play_new("scene");
    client.next_media();
    client.pause(stream, true);
    client.wait_for_code("NetStream.Pause.Notify");
    let mut played = started.elapsed();
    client.listen(Duration::from_millis(400));
    started = Instant::now();
    client.pause(stream, false);
    client.wait_for_code("NetStream.Unpause.Notify");
    let next = Duration::from_millis(client.next_media().tag.timestamp.0.into());
    played += started.elapsed();
    assert!(next <= played, "the clock shows {next:?}, and it played for {played:?}");
}

#[test]
fn a_pause_or_resume_that_the_handler_refuses_is_ignored() {
    let (loops, told) = (Loops::default(), Told::default());
    let host = host(&loops, &told);
    let mut client = host.client();
    for name in ["never pauses", "fails to pause"] {
        let stream = client.play_new(name);
        client.pause(stream, true);
        let seen = client.sync();
        assert!(!seen.iter().any(|received| received.has_code("NetStream.Pause.Notify")));
        wait_for_loops(&mut client, &loops);
        client.delete_stream(stream);
    }
    let stream = client.play_new("never resumes");
    client.pause(stream, true);
    client.wait_for_code("NetStream.Pause.Notify");
    client.pause(stream, false);
    client.sync();
    check_silence(&mut client, &loops);
    assert_eq!(told.all(), ["pause", "pause", "pause", "resume"]);
}

#[test]
fn a_pause_of_what_does_not_play_is_no_news_and_a_play_ends_a_pause() {
    let (loops, told) = (Loops::default(), Told::default());
    let host = host(&loops, &told);
    let mut client = host.client();
    let stream = client.create_stream();
    client.pause(stream, true);
    client.sync();
    assert!(told.all().is_empty());
    client.play(stream, "scene");
    client.pause(stream, true);
    client.wait_for_code("NetStream.Pause.Notify");
    client.play(stream, "scene");
    wait_for_loops(&mut client, &loops);
}

#[test]
fn the_frame_loop_runs_on_where_its_handler_wants_to_fill_the_buffer() {
    struct Filling;
    impl FrameEventHandler for Filling {
        fn frame(&mut self, stream: &Stream, out: &mut FrameOut, _: bool) -> HandlerResult {
            out.video(key_frame(stream.is_paused().into(), 0));
            Ok(true)
        }
        fn runs_while_paused(&self) -> bool {
            true
        }
    }
    let host = Host::start(on_streams(|stream| {
        stream.register_frame_event_handler(Filling);
        stream.set_property("user_note", Value::Null).expect("a property of our own");
    }));
    let mut client = host.client();
    let stream = client.play_new("scene");
    client.pause(stream, true);
    client.wait_for_code("NetStream.Pause.Notify");
    let mut times = Vec::new();
    while times.len() < 3 {
        let media = client.next_media();
        if crate::support::frame_number(media.payload()) == 1 {
            times.push(media.tag.timestamp);
        }
    }
    assert!(times.iter().all(|time| *time == times[0]), "{times:?}");
}
