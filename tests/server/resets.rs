//! Clients that reset their connections at every step: each handler that was told of a beginning is
//! told of the end.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::{HandlerResult, LoopFrameOut, RenderLoop, RenderLoopConfig};

use crate::support::{Client, Doer, Host, Told, key_frame, on_streams, wait_until};

/// The requests of a client, from its first to its last. Nothing is waited for.
const STEPS: [fn(&mut Client); 13] = [
    |client| client.ask_to_connect(Object::new().with("app", "live"), &[]),
    |client| {
        client.begin_call("createStream", &[]);
    },
    |client| client.ask_to_play(1, "scene"),
    |client| client.pause(1, true),
    |client| client.request(1, "seek", &[1000.into()]),
    |client| client.pause(1, false),
    |client| client.request(1, "play", &["next".into(), (-2).into(), (-1).into(), false.into()]),
    |client| client.ask_to_play(1, "another"),
    |client| {
        client.begin_call("createStream", &[]);
    },
    |client| client.request(2, "publish", &["camera".into(), "live".into()]),
    |client| client.close_stream(2),
    |client| client.delete_stream(1),
    |client| {
        client.begin_call("ask", &[Value::Null]);
    },
];

/// So many of them make the server play.
const STEPS_TO_PLAY: usize = 3;

/// How often each number of steps is tried, each time after another pause.
const TURNS: u64 = 12;

/// What is told, each with what must be told as often.
const PAIRS: [(&str, &str); 4] =
    [("connect", "close"), ("create", "remove"), ("play", "stop"), ("publish", "unpublish")];

#[test]
fn every_beginning_has_an_end_whenever_the_client_resets() {
    let told = Told::default();
    let doer = Doer { at: "nowhere", deed: Arc::default(), told: told.clone() };
    let host = Host::start(doer);
    for steps in 1..=STEPS.len() {
        thread::scope(|scope| {
            for turn in 0..TURNS {
                let address = host.address;
                scope.spawn(move || {
                    let mut client = Client::open(address);
                    STEPS[..steps].iter().for_each(|step| step(&mut client));
                    if turn == 0 && steps >= STEPS_TO_PLAY {
                        client.wait_for_code("NetStream.Play.Start");
                    }
                    // The server is at another place each time.
                    thread::sleep(Duration::from_micros(turn * turn * 40));
                    client.reset();
                });
            }
        });
    }
    let clients = STEPS.len() * TURNS as usize;
    host.server.shutdown();
    for (beginning, end) in PAIRS {
        assert_eq!(told.count(beginning), told.count(end), "{beginning} and {end} of {clients}");
    }
    assert!(told.count("play") > STEPS.len() - STEPS_TO_PLAY, "the first of each turn plays");
}

#[test]
fn viewers_that_reset_leave_their_loop() {
    let frames = |out: &mut LoopFrameOut, _: bool| -> HandlerResult {
        out.video(key_frame(0, 0));
        Ok(true)
    };
    let scene = RenderLoop::of_frames(RenderLoopConfig::new("resets").rate(200.0), frames);
    let scene = Arc::new(scene.expect("a loop"));
    let shown = Arc::clone(&scene);
    let host = Host::start(on_streams(move |stream| stream.join(&shown)));
    thread::scope(|scope| {
        for turn in 0..60 {
            let address = host.address;
            scope.spawn(move || {
                let mut client = Client::open(address);
                STEPS[..3 + turn as usize % 5].iter().for_each(|step| step(&mut client));
                thread::sleep(Duration::from_micros(turn * turn * 4));
                client.reset();
            });
        }
    });
    wait_until("no viewer stays", || {
        scene.viewers() == 0 && host.server.figures().connections == 0
    });
}
