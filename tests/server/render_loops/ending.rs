//! The ends of loops and of their viewers.

use std::sync::Arc;
use std::time::Instant;

use rendercast::{
    HandlerResult, LoopFrameOut, MediaOut, PlayEventHandler, PlayOut, RenderLoop, RenderLoopConfig,
    Stream,
};

use super::{Numbers, check_decodable, flicker, host_of};
use crate::support::{Client, Host, PATIENCE, Received, Told, on_streams, wait_until};

fn config(name: &str) -> RenderLoopConfig {
    RenderLoopConfig::new(name).rate(100.0)
}

/// Returns the names of what comes up to the end of the stream, without media and metadata.
#[track_caller]
pub(super) fn until_end(client: &mut Client, stream: u32) -> Vec<String> {
    let mut names = Vec::new();
    client.until(|received| {
        let is_end = received == Received::StreamEof(stream);
        let name = received.name();
        if !received.is_media() && !["|RtmpSampleAccess", "onMetaData"].contains(&name.as_str()) {
            names.push(name);
        }
        is_end.then_some(())
    });
    names
}

struct Player(Told);

impl PlayEventHandler for Player {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.0.note(format!("stop {}", stream.stream_name()));
        Ok(true)
    }
}

/// Starts a server whose streams show the loop that is in `scene` when they are created.
fn host_with(scene: &Arc<RenderLoop>, told: &Told) -> Host {
    // The reference is weak, so that the test can drop the loop.
    let (scene, told) = (Arc::downgrade(scene), told.clone());
    Host::start(on_streams(move |stream: &Stream| {
        stream.register_play_event_handler(Player(told.clone()));
        if let Some(scene) = scene.upgrade() {
            stream.join(&scene);
        }
    }))
}

#[test]
fn when_a_loop_is_dropped_all_its_viewers_are_told_and_stay_connected() {
    let told = Told::default();
    let scene = Numbers::default().render_loop(config("dropped"), flicker());
    let host = host_with(&scene, &told);
    let mut clients: Vec<_> = (0..3).map(|_| host.client()).collect();
    let mut streams = Vec::new();
    for client in &mut clients {
        streams.push(client.play_new("scene"));
        client.next_media();
    }
    // One has paused, and one has stopped. They are told at the next play.
    clients[1].pause(streams[1], true);
    clients[2].close_stream(streams[2]);
    clients[1].sync();
    clients[2].sync();
    drop(scene);
    assert_eq!(until_end(&mut clients[0], streams[0]), ["NetStream.Play.Stop", "StreamEOF"]);
    clients[1].pause(streams[1], false);
    clients[2].ask_to_play(streams[2], "scene");
    for (client, stream) in clients[1..].iter_mut().zip(&streams[1..]) {
        let told = until_end(client, *stream);
        assert!(told.ends_with(&["NetStream.Play.Stop".into(), "StreamEOF".into()]), "{told:?}");
    }
    for client in &mut clients {
        assert!(!client.sync().iter().any(Received::is_media));
    }
    host.server.shutdown();
    // The handler is told of one stop for each play.
    assert_eq!(told.count("stop scene"), 4, "{told:?}");
}

#[test]
fn frames_of_the_applications_own_can_end_in_order() {
    let mut left = 50;
    let frames = move |out: &mut LoopFrameOut, key_frame_is_wanted: bool| -> HandlerResult {
        let kind = if key_frame_is_wanted || left == 50 { 0x93 } else { 0xa3 };
        let number: u8 = 50 - left;
        out.video(vec![kind, b'h', b'v', b'c', b'1', 0, 0, 0, number]);
        left -= 1;
        if left == 0 {
            out.end();
        }
        Ok(true)
    };
    let scene = Arc::new(RenderLoop::of_frames(config("frames"), frames).expect("a thread"));
    let told = Told::default();
    let host = host_with(&scene, &told);
    let mut client = host.client();
    let stream = client.play_new("scene");
    let names = until_end(&mut client, stream);
    assert_eq!(names, ["onPlayStatus", "NetStream.Play.Stop", "StreamEOF"]);
    assert!(scene.has_ended());
    client.sync();
    assert_eq!(told.all(), ["stop scene"]);
}

#[test]
fn a_shutdown_of_one_server_leaves_the_loop_to_the_viewers_of_another() {
    let scene = Numbers::default().render_loop(config("two servers"), flicker());
    let (ends, stays) = (host_of(&scene), host_of(&scene));
    let (mut first, mut second) = (ends.client(), stays.client());
    first.play_new("scene");
    second.play_new("scene");
    first.next_media();
    let mut tags = vec![second.next_media().tag];
    ends.server.shutdown();
    let last: Vec<_> = first.until_closed().iter().map(Received::name).collect();
    assert!(last.ends_with(&["NetStream.Play.Stop".into(), "StreamEOF".into()]), "{last:?}");
    assert_eq!(scene.viewers(), 1);
    tags.extend((0..50).map(|_| second.next_media().tag));
    assert_eq!(check_decodable(&tags), [0; 0]);
    assert!(!scene.has_ended());
}

#[test]
fn a_viewer_that_hangs_up_is_forgotten() {
    let scene = Numbers::default().render_loop(config("hang up"), flicker());
    let host = host_of(&scene);
    let mut clients: Vec<_> = (0..4).map(|_| host.client()).collect();
    for client in &mut clients {
        client.play_new("scene");
        client.next_media();
    }
    assert_eq!(scene.viewers(), 4);
    drop(clients);
    wait_until("it has no viewer", || scene.viewers() == 0);
}

#[test]
fn a_viewer_that_does_not_read_does_not_hold_up_the_end_of_the_others() {
    let settings = super::Settings { padding: 100_000, ..super::Settings::default() };
    let scene = Numbers::new(settings).render_loop(config("stuck at the end"), flicker());
    let told = Told::default();
    let host = host_with(&scene, &told);
    let mut stuck = host.narrow_client();
    let stuck_stream = stuck.play_new("scene");
    let mut steady = host.client();
    let stream = steady.play_new("scene");
    // This fills all queues of the viewer that does not read.
    for _ in 0..100 {
        steady.next_media();
    }
    let started = Instant::now();
    drop(scene);
    // It would wait for the write timeout, which is minutes long.
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    assert_eq!(until_end(&mut steady, stream), ["NetStream.Play.Stop", "StreamEOF"]);
    // The other is told as soon as it reads.
    assert_eq!(until_end(&mut stuck, stuck_stream), ["NetStream.Play.Stop", "StreamEOF"]);
    assert_eq!(told.count("stop scene"), 2);
}
