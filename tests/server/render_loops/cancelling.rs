//! Renders that are cancelled.

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use rendercast::{CancelLevel, LoopCommands, RenderLoop, RenderLoopConfig};

use super::{
    CANCELLED, Numbers, SlowRenderer, host_of, mark, marks_until, next_mark, slow_renderer,
};
use crate::support::{Client, Host, PATIENCE, ensure, one_of_several};

/// Starts a loop that shows the mark 1 and renders without end.
fn rendering() -> (SlowRenderer, Arc<RenderLoop>, Host, Client) {
    let (slow, render) = slow_renderer();
    let scene =
        Numbers::default().render_loop(RenderLoopConfig::new("cancelled").rate(100.0), render);
    let host = host_of(&scene);
    let mut client = host.client();
    client.play_new("scene");
    assert!(slow.wait_for_render(), "the first render starts over");
    slow.finish();
    assert!(!slow.wait_for_render());
    assert_eq!(next_mark(&mut client), 1);
    (slow, scene, host, client)
}

/// Sets the mark of the scene to 2 by a command, and returns once that has run.
fn cancel(slow: &SlowRenderer, scene: &RenderLoop, level: CancelLevel) {
    let drawn = Arc::clone(&slow.scene);
    let (tell, told) = mpsc::channel();
    let commands = LoopCommands::of(move || {
        drawn.store(2, Ordering::SeqCst);
        Ok(true.into())
    });
    let commands = commands.cancel(level).on_outcome(move |_| tell.send(()).expect("it waits"));
    scene.execute(commands).expect("the loop runs");
    told.recv_timeout(PATIENCE).expect("the render returns");
}

#[test]
fn a_render_that_keeps_what_it_has_shows_it() {
    let (slow, scene, _host, mut client) = rendering();
    cancel(&slow, &scene, CancelLevel::Keep);
    assert!(!slow.wait_for_render(), "it goes on with what it has");
    let before = marks_until(&mut client, 1 + CANCELLED);
    assert!([&[1][..], &[]].contains(&&*before), "{before:?}");
    // A picture that comes before the frame of this one would replace it.
    slow.finish();
    let before = marks_until(&mut client, 2);
    assert!([&[1 + CANCELLED][..], &[]].contains(&&*before), "{before:?}");
}

#[test]
fn the_picture_of_a_render_that_starts_over_is_not_shown() {
    let (slow, scene, _host, mut client) = rendering();
    cancel(&slow, &scene, CancelLevel::StartOver);
    assert!(slow.wait_for_render(), "it starts over");
    slow.finish();
    let mut marks = Vec::new();
    while marks.last() != Some(&2) {
        marks.push(next_mark(&mut client));
    }
    marks.dedup();
    assert!([&[1, 2][..], &[2]].contains(&&*marks), "{marks:?}");
    assert!(!slow.wait_for_render());
    slow.finish();
}

#[test]
fn the_last_picture_is_sent_at_the_rate_while_a_render_goes_on() {
    let (_slow, _scene, _host, mut client) = rendering();
    one_of_several(|| {
        let first = client.next_media().tag.timestamp;
        let mut last = first;
        for _ in 0..50 {
            let tag = client.next_media().tag;
            assert_eq!(mark(&tag), 1);
            last = tag.timestamp;
        }
        // 50 frames at 100 a second.
        ensure((450..=900).contains(&last.since(first)), || format!("{} ms", last.since(first)))
    });
}

#[test]
fn the_end_of_a_loop_cancels_its_render() {
    let (slow, scene, host, client) = rendering();
    drop((host, client));
    drop(scene);
    assert!(slow.go.send(()).is_err(), "the render has returned, and the renderer is gone");
}
