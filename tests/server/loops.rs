//! The render loop and the frame loop: two threads, at the stream's rate.

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::{Connection, FrameOut, HandlerResult, ServerConfig, Stream};

use crate::support::{
    Client, Host, Told, ensure, frame_number, key_frame, on_streams, one_of_several,
};

/// The instants at which a handler was called.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Instant>>>);

impl Calls {
    fn add(&self) -> usize {
        let mut calls = self.0.lock().expect("nobody panics with it");
        calls.push(Instant::now());
        calls.len()
    }

    fn all(&self) -> Vec<Instant> {
        self.0.lock().expect("nobody panics with it").clone()
    }

    /// Returns how many calls came within `duration` from the first on.
    fn count_in(&self, duration: Duration) -> usize {
        let calls = self.all();
        calls.iter().filter(|call| **call - calls[0] < duration).count()
    }
}

/// Reads until the first call is that long ago.
fn read_for(client: &mut Client, calls: &Calls, duration: Duration) {
    while calls.all().first().is_none_or(|first| first.elapsed() <= duration) {
        client.listen(Duration::from_millis(20));
    }
}

#[test]
fn a_render_of_a_second_leaves_the_frame_rate_at_25() {
    one_of_several(render_for_a_second);
}

fn render_for_a_second() -> Result<(), String> {
    let (renders, frames) = (Calls::default(), Calls::default());
    let (rendered, framed) = (renders.clone(), frames.clone());
    let set_up = move |stream: &Stream| {
        let (rendered, framed) = (rendered.clone(), framed.clone());
        stream.register_render_event_handler(move |_: &Stream| -> HandlerResult {
            rendered.add();
            thread::sleep(Duration::from_secs(1));
            Ok(true)
        });
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                out.video(key_frame(framed.add() as u32, 0));
                Ok(true)
            },
        );
    };
    let host = Host::start_alone(ServerConfig::default(), on_streams(set_up));
    let mut client = host.client();
    client.play_new("scene");
    let a_while = Duration::from_millis(2400);
    read_for(&mut client, &frames, a_while);
    let (frames, renders) = (frames.count_in(a_while), renders.count_in(a_while));
    ensure((56..=62).contains(&frames), || format!("{frames} frames"))?;
    ensure(renders == 3, || format!("{renders} renders"))
}

#[test]
fn a_canvas_that_is_done_need_not_wait_for_the_next_tick() {
    one_of_several(request_frames_between_ticks);
}

fn request_frames_between_ticks() -> Result<(), String> {
    let (requests, frames) = (Calls::default(), Calls::default());
    let (requested, framed) = (requests.clone(), frames.clone());
    let set_up = move |stream: &Stream| {
        let (requested, framed) = (requested.clone(), framed.clone());
        stream.set_property("render_rate", 2).expect("a valid rate");
        stream.register_render_event_handler(move |stream: &Stream| -> HandlerResult {
            thread::sleep(Duration::from_millis(200));
            requested.add();
            stream.request_frame();
            Ok(true)
        });
        stream.register_frame_event_handler(
            move |_: &Stream, _: &mut FrameOut, _: bool| -> HandlerResult {
                framed.add();
                Ok(true)
            },
        );
    };
    let host = Host::start_alone(ServerConfig::default(), on_streams(set_up));
    let mut client = host.client();
    client.play_new("scene");
    read_for(&mut client, &requests, Duration::from_millis(1200));
    let (requests, frames) = (requests.all(), frames.all());
    // The ticks are 300 ms away.
    let late = |request: &&Instant| {
        let soon = **request..**request + Duration::from_millis(150);
        !frames.iter().any(|call| soon.contains(call))
    };
    ensure(requests.len() >= 3, || format!("{} renders", requests.len()))?;
    let late = requests.iter().filter(late).count();
    ensure(late == 0, || format!("{late} of {requests:?} wait; frames come at {frames:?}"))
}

#[test]
fn a_slow_frame_handler_skips_ticks_and_never_catches_up_in_a_burst() {
    one_of_several(make_slow_frames);
}

fn make_slow_frames() -> Result<(), String> {
    const SLOW_CALLS: usize = 8;
    let frames = Calls::default();
    let framed = frames.clone();
    let set_up = move |stream: &Stream| {
        let framed = framed.clone();
        stream.register_frame_event_handler(
            move |_: &Stream, _: &mut FrameOut, _: bool| -> HandlerResult {
                if framed.add() <= SLOW_CALLS {
                    thread::sleep(Duration::from_millis(100));
                }
                Ok(true)
            },
        );
    };
    let host = Host::start_alone(ServerConfig::default(), on_streams(set_up));
    let mut client = host.client();
    client.play_new("scene");
    let a_while = Duration::from_millis(400);
    while frames.all().get(SLOW_CALLS).is_none_or(|call| call.elapsed() < a_while) {
        client.listen(Duration::from_millis(20));
    }
    let calls = frames.all();
    let slow = calls[SLOW_CALLS] - calls[0];
    // Each of the eight calls takes 100 ms, and the next begins at the tick after it.
    ensure((800..1200).contains(&slow.as_millis()), || format!("{slow:?}"))?;
    let fast = &calls[SLOW_CALLS..];
    let in_a_while = fast.iter().filter(|call| **call - fast[0] < a_while).count();
    let told = || format!("{in_a_while} calls in {a_while:?} after the slow ones");
    ensure((6..=11).contains(&in_a_while), told)
}

#[test]
fn the_render_rate_is_that_of_both_loops_and_can_be_changed_while_they_run() {
    let (renders, frames) = (Calls::default(), Calls::default());
    let (rendered, framed) = (renders.clone(), frames.clone());
    let set_up = move |stream: &Stream| {
        let (rendered, framed) = (rendered.clone(), framed.clone());
        stream.set_property("render_rate", 10).expect("a valid rate");
        stream.register_render_event_handler(move |_: &Stream| -> HandlerResult {
            rendered.add();
            Ok(true)
        });
        stream.register_frame_event_handler(
            move |stream: &Stream, _: &mut FrameOut, _: bool| -> HandlerResult {
                if framed.add() == 4 {
                    stream.set_property("render_rate", 100)?;
                }
                Ok(true)
            },
        );
    };
    let host = Host::start_alone(ServerConfig::default(), on_streams(set_up));
    let mut client = host.client();
    client.play_new("scene");
    while frames.all().len() < 35 || renders.all().len() < 35 {
        client.listen(Duration::from_millis(20));
    }
    for (name, calls) in [("frame", frames.all()), ("render", renders.all())] {
        // The first call comes at once, and the next at the first tick. A busy machine delays some,
        // but not to the time of another rate.
        let slow = calls[3] - calls[1];
        assert!((110..=900).contains(&slow.as_millis()), "{name}: two ticks at 10/s: {slow:?}");
        let fast = calls[34] - calls[4];
        assert!((200..=2_000).contains(&fast.as_millis()), "{name}: 30 ticks at 100/s: {fast:?}");
    }
}

#[test]
fn handlers_can_be_registered_replaced_and_removed_while_the_stream_plays() {
    /// Sends frames that all have the same number.
    fn register(stream: &Stream, number: u32) {
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                out.video(key_frame(number, 0));
                Ok(true)
            },
        );
    }
    let host = Host::start(on_streams(|stream| {
        stream.set_property("render_rate", 500).expect("a valid rate");
        let mut calls = 0;
        // While a stream plays, its own handlers are the only code that can reach it.
        stream.register_render_event_handler(move |stream: &Stream| -> HandlerResult {
            calls += 1;
            match calls {
                10 => register(stream, 1),
                40 => register(stream, 2),
                70 => stream.unregister_frame_event_handler(),
                100 => register(stream, 3),
                120 => stream.unregister_render_event_handler(),
                _ => {}
            }
            Ok(true)
        });
    }));
    let mut client = host.client();
    client.play_new("scene");
    let mut numbers = Vec::new();
    while numbers.last() != Some(&3) {
        numbers.push(frame_number(client.next_media().payload()));
    }
    numbers.dedup();
    assert_eq!(numbers, [1, 2, 3]);
    // The frame loop goes on after the render loop has no handler to call.
    for _ in 0..50 {
        assert_eq!(frame_number(client.next_media().payload()), 3);
    }
}

#[test]
fn a_handler_that_removes_itself_is_not_called_again() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream| {
        stream.set_property("render_rate", 500).expect("a valid rate");
        let noted = noted.clone();
        stream.register_frame_event_handler(
            move |stream: &Stream, _: &mut FrameOut, _: bool| -> HandlerResult {
                noted.note("frame");
                stream.unregister_frame_event_handler();
                Ok(true)
            },
        );
    }));
    let mut client = host.client();
    client.play_new("scene");
    told.wait_for("frame");
    client.listen(Duration::from_millis(50));
    assert_eq!(told.all(), ["frame"]);
}

#[test]
fn a_handler_that_rests_is_called_when_its_rest_is_over_and_no_sooner() {
    let frames = Calls::default();
    let framed = frames.clone();
    let host = Host::start(on_streams(move |stream| {
        stream.set_property("render_rate", 1000).expect("a valid rate");
        let framed = framed.clone();
        stream.register_frame_event_handler(
            move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                framed.add();
                out.rest(Duration::from_millis(60));
                Ok(true)
            },
        );
    }));
    let mut client = host.client();
    client.play_new("scene");
    read_for(&mut client, &frames, Duration::from_millis(400));
    let calls = frames.all();
    assert!(calls.len() >= 3, "{} calls", calls.len());
    for pair in calls.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(60), "{:?}", pair[1] - pair[0]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn loops_run_on_threads_of_their_names() {
    let told = Told::default();
    let noted = told.clone();
    let connecting = told.clone();
    let name = || {
        let shown = fs::read_to_string("/proc/thread-self/comm").expect("the system shows it");
        shown.trim().to_owned()
    };
    let host =
        Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            connecting.note(name());
            let noted = noted.clone();
            connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
                let (frames, renders) = (noted.clone(), noted.clone());
                stream.register_frame_event_handler(
                    move |_: &Stream, _: &mut FrameOut, _: bool| {
                        frames.note(name());
                        Ok(true)
                    },
                );
                stream.register_render_event_handler(move |_: &Stream| {
                    renders.note(name());
                    Ok(true)
                });
                Ok(true)
            });
            Ok(true)
        });
    let mut client = host.client();
    client.play_new("scene");
    for name in ["rtmp-conn-1", "rtmp-frame-1/1", "rtmp-render-1/1"] {
        told.wait_for(name);
    }
}
