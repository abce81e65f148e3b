//! Commands between two renders, their answers, and the frames that show them.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};

use rendercast::amf::{Object, Value};
use rendercast::{
    Connection, HandlerResult, LoopCommands, LoopCommandsError, LoopOutcome, RenderLoop,
    RenderLoopConfig, Stream,
};

use super::{Numbers, flicker, host_of, is_header, mark, slow_renderer};
use crate::support::{Client, Host, PATIENCE, Received};

type Outcome = Result<LoopOutcome, LoopCommandsError>;

/// Adds a reply to commands. Returns what will be told.
fn with_reply(commands: LoopCommands) -> (LoopCommands, Receiver<Outcome>) {
    let (tell, told) = mpsc::channel();
    let commands = commands.on_outcome(move |outcome| tell.send(outcome).expect("the test waits"));
    (commands, told)
}

#[track_caller]
fn outcome(told: &Receiver<Outcome>) -> Outcome {
    told.recv_timeout(PATIENCE).expect("an outcome")
}

/// Starts a server that shows a loop. Its clients set the mark of `scene` by `set`, which waits for
/// the frame, and call `now`, which is answered at once.
fn steered(render_loop: &Arc<RenderLoop>, scene: &Arc<AtomicU8>) -> Host {
    let (render_loop, scene) = (Arc::clone(render_loop), Arc::clone(scene));
    Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let shown = Arc::clone(&render_loop);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            stream.join(&shown);
            Ok(true)
        });
        let (render_loop, scene) = (Arc::clone(&render_loop), Arc::clone(&scene));
        connection.register_remote_call_handler(
            "set",
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let mark = arguments[0].as_number().ok_or("a number")? as u8;
                let scene = Arc::clone(&scene);
                let set = move || Ok(u32::from(scene.swap(mark, Ordering::SeqCst)).into());
                render_loop.answer(connection, LoopCommands::of(set).wait_for_frame())
            },
        );
        connection.register_remote_call_handler(
            "now",
            |_: &Connection, _: &str, _: &Value, _: &[Value]| Ok("now".into()),
        );
        Ok(true)
    })
}

#[test]
fn a_hundred_commands_during_a_render_run_in_order_before_the_next() {
    let (slow, render) = slow_renderer();
    let scene = Numbers::default().render_loop(RenderLoopConfig::new("hundred"), render);
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    slow.wait_for_render();
    let ran: Arc<Mutex<Vec<u32>>> = Arc::default();
    let noted = || ran.lock().unwrap_or_else(PoisonError::into_inner);
    let mut told = Vec::new();
    for number in 0..100 {
        let ran = Arc::clone(&ran);
        let command = LoopCommands::of(move || {
            ran.lock().map_err(|_| "poisoned")?.push(number);
            Ok(number.into())
        });
        let (command, outcome) = with_reply(command);
        let id = scene.execute(command).expect("there is room");
        assert_eq!(id, u64::from(number) + 1);
        told.push(outcome);
    }
    assert!(noted().is_empty(), "the render goes on");
    slow.finish();
    slow.wait_for_render();
    assert_eq!(*noted(), (0..100).collect::<Vec<u32>>());
    for (number, told) in told.iter().enumerate() {
        let LoopOutcome { results, frame, .. } = outcome(told).expect("the loop runs");
        assert_eq!(results[0].as_ref().expect("it has run"), &Value::from(number as u32));
        assert_eq!(frame, None, "it does not wait for a frame");
    }
    assert_eq!(scene.figures().commands, 100);
}

#[test]
fn a_client_is_answered_later_and_told_which_frame_shows_its_call() {
    let (slow, render) = slow_renderer();
    let scene = Numbers::default().render_loop(RenderLoopConfig::new("told").rate(200.0), render);
    let host = steered(&scene, &slow.scene);
    let mut client = host.client();
    client.play_new("scene");
    for new in 2..8u8 {
        slow.wait_for_render();
        let call = client.begin_call("set", &[u32::from(new).into()]);
        assert_eq!(client.call("now", &[]), Ok("now".into()), "the connection waits for nothing");
        // This picture is of the scene before the call.
        slow.finish();
        slow.wait_for_render();
        slow.finish();
        check_shown(&mut client, call, new);
    }
}

/// Checks that the frame named by the answer and by the data message is the first with `new`.
#[track_caller]
fn check_shown(client: &mut Client, call: f64, new: u8) {
    let (mut announced, mut first, mut answer) = (None, None, None);
    client.until(|received| {
        match received {
            Received::Data { name, timestamp, values, .. } if name == "onCommandsShown" => {
                assert!(first.is_none(), "it comes before the frame");
                announced = Some((timestamp, values[0].clone()));
            }
            Received::Media(media) if first.is_none() && !is_header(&media.tag) => {
                let is_new = mark(&media.tag) == new;
                assert_eq!(is_new, announced.is_some(), "{new}: the message is just before");
                first = is_new.then_some(media.tag.timestamp.0);
            }
            Received::Reply { transaction, outcome, .. } if transaction == call => {
                answer = Some(outcome);
            }
            _ => {}
        }
        (first.is_some() && answer.is_some()).then_some(())
    });
    let answer = answer.expect("an answer").expect("it has run");
    assert_eq!(answer.get("result"), Some(&u32::from(new - 1).into()));
    let (timestamp, values) = announced.expect("a message");
    assert_eq!(Some(timestamp), first, "the message has the time of the frame");
    assert_eq!(values.get("time"), answer.get("frame"));
    assert_eq!(values.get("commands"), Some(&vec![u32::from(new - 1).into()].into()));
}

#[test]
fn a_loop_that_is_not_watched_runs_commands_at_once_and_names_no_frame() {
    let scene = Numbers::default().render_loop(RenderLoopConfig::new("alone"), flicker());
    let commands = LoopCommands::of(|| Ok(1.into())).wait_for_frame();
    let (commands, told) = with_reply(commands);
    scene.execute(commands).expect("there is room");
    let outcome = outcome(&told).expect("the loop rests");
    assert_eq!((outcome.results.len(), outcome.frame), (1, None));
    assert_eq!(scene.figures().renders, 0);
}

#[test]
fn commands_that_wait_for_a_frame_are_answered_when_the_last_viewer_leaves() {
    let (slow, render) = slow_renderer();
    let scene = Numbers::default().render_loop(RenderLoopConfig::new("left"), render);
    let host = host_of(&scene);
    let mut client = host.client();
    let stream = client.play_new("scene");
    slow.wait_for_render();
    slow.finish();
    client.next_media();
    slow.wait_for_render();
    let (ran, told) = with_reply(LoopCommands::of(|| Ok(1.into())).wait_for_frame());
    scene.execute(ran).expect("there is room");
    slow.finish();
    slow.wait_for_render();
    client.close_stream(stream);
    assert_eq!(outcome(&told).expect("the loop rests").frame, None);
    slow.finish();
}

#[test]
fn an_error_or_a_panic_of_a_command_is_its_answer_and_the_loop_goes_on() {
    let scene = Numbers::default().render_loop(RenderLoopConfig::new("errors"), flicker());
    let list = || {
        LoopCommands::of(|| Err("no such light".into()))
            .then(|| panic!("as the test wishes"))
            .then(|| Ok(3.into()))
    };
    let texts = |commands| {
        let (commands, told) = with_reply(commands);
        scene.execute(commands).expect("there is room");
        let results = outcome(&told).expect("the loop goes on").results.into_iter();
        let texts = results.map(|result| match result {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        });
        texts.collect::<Vec<String>>()
    };
    assert_eq!(texts(list()), ["no such light"]);
    let panicked = "the handler panicked: as the test wishes";
    assert_eq!(texts(list().continue_on_error()), ["no such light", panicked, "3"]);
}

#[test]
fn commands_that_cannot_run_are_refused() {
    let (slow, render) = slow_renderer();
    let codec = Numbers::default();
    let scene = codec.render_loop(RenderLoopConfig::new("full").waiting_commands(2), render);
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    slow.wait_for_render();
    let command = || LoopCommands::of(|| Ok(Value::Null));
    let (first, told) = with_reply(command());
    scene.execute(first).expect("there is room");
    scene.execute(command()).expect("there is room");
    let name = || "full".to_owned();
    assert_eq!(scene.execute(command()), Err(LoopCommandsError::TooMany { name: name() }));
    // The end cancels the render.
    scene.end();
    let ended = || LoopCommandsError::Ended { name: name() };
    assert_eq!(outcome(&told).map(drop), Err(ended()), "it has not run");
    assert_eq!(scene.execute(command()), Err(ended()));
    let config = RenderLoopConfig::new("full").size(4, 2);
    let scene = RenderLoop::of_pictures(config, &codec.factory(), super::CODEC).expect("a loop");
    assert_eq!(scene.execute(command()), Err(LoopCommandsError::NoRenderer { name: name() }));
}
