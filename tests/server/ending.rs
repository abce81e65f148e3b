//! Every way in which a play ends. Its handler is told once, and the client gets its notices.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rendercast::{
    End, FrameEventHandler, FrameOut, HandlerResult, LiveStream, LiveStreamConfig, MediaOut,
    PlayEventHandler, PlayOut, RenderEventHandler, Stream,
};

use crate::support::{Client, Host, Received, Told, is_key_frame, key_frame, on_streams};

/// Notes plays and stops. Refuses the stop of a stream named "stays".
struct Player(Told);

impl PlayEventHandler for Player {
    fn play(&mut self, stream: &Stream, _: &mut PlayOut) -> HandlerResult {
        self.0.note(format!("play {}", stream.stream_name()));
        assert_ne!(stream.stream_name(), "play panics", "as the test wishes");
        Ok(stream.stream_name() != "refused")
    }

    fn stop(&mut self, stream: &Stream, out: &mut MediaOut) -> HandlerResult {
        self.0.note(format!("stop {}", stream.stream_name()));
        if stream.stream_name() == "both end" {
            self.0.wait_for("the frame handler ended, too");
            // This gives the frame loop time to act on it.
            thread::sleep(Duration::from_millis(30));
        }
        out.audio(vec![0xAF, 1, 0]);
        assert_ne!(stream.stream_name(), "stop panics", "as the test wishes");
        Ok(stream.stream_name() != "stays")
    }
}

/// Sends a key frame. The stream's name says what it does then.
struct Frames(Told);

impl FrameEventHandler for Frames {
    fn frame(&mut self, stream: &Stream, out: &mut FrameOut, _: bool) -> HandlerResult {
        out.video(key_frame(0, 0));
        match stream.stream_name().as_str() {
            "frame ends" => out.end(),
            "frame false" => return Ok(false),
            "frame error" => return Err("no picture".into()),
            "frame panics" => panic!("as the test wishes"),
            "both end" if self.0.count("stop both end") > 0 => {
                out.end();
                self.0.note("the frame handler ended, too");
            }
            "frame closes" => stream.connection().close(),
            _ => {}
        }
        Ok(true)
    }
}

struct Renderer;

impl RenderEventHandler for Renderer {
    fn render(&mut self, stream: &Stream) -> HandlerResult {
        match stream.stream_name().as_str() {
            "render false" => Ok(false),
            "render error" => Err("no scene".into()),
            "render panics" => panic!("as the test wishes"),
            _ => Ok(true),
        }
    }
}

fn host(told: &Told) -> Host {
    let told = told.clone();
    Host::start(on_streams(move |stream| {
        stream.set_property("render_rate", 200).expect("a valid rate");
        stream.register_play_event_handler(Player(told.clone()));
        stream.register_frame_event_handler(Frames(told.clone()));
        stream.register_render_event_handler(Renderer);
    }))
}

/// Grants a play after its client is gone.
struct SlowPlayer {
    told: Told,
    goes_on: Arc<Mutex<Receiver<()>>>,
}

impl PlayEventHandler for SlowPlayer {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        self.told.note("play");
        self.goes_on.lock().unwrap_or_else(PoisonError::into_inner).recv()?;
        Ok(true)
    }

    fn stop(&mut self, _: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.told.note("stop");
        Ok(true)
    }
}

#[test]
fn a_play_that_is_granted_after_the_client_has_reset_is_told_to_stop() {
    let told = Told::default();
    let (go_on, goes_on) = mpsc::channel();
    let goes_on = Arc::new(Mutex::new(goes_on));
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream| {
        let (told, goes_on) = (noted.clone(), Arc::clone(&goes_on));
        stream.register_play_event_handler(SlowPlayer { told, goes_on });
    }));
    for turn in 1..=20 {
        let mut client = host.client();
        let stream = client.create_stream();
        client.ask_to_play(stream, "film");
        told.wait_for_times("play", turn);
        client.reset();
        go_on.send(()).expect("the handler waits");
        told.wait_for_times("stop", turn);
    }
    host.server.shutdown();
    assert_eq!(told.count("stop"), 20);
}

#[test]
fn a_stop_is_told_once_for_each_play_however_the_client_ends_it() {
    type End = fn(Client, u32) -> Option<Client>;
    let ends: [(&str, End); 5] = [
        ("closeStream", |mut client, stream| {
            client.close_stream(stream);
            client.close_stream(stream);
            Some(client)
        }),
        ("deleteStream", |mut client, stream| {
            client.delete_stream(stream);
            Some(client)
        }),
        ("play(false)", |mut client, stream| {
            client.request(stream, "play", &[false.into()]);
            Some(client)
        }),
        ("no more requests", |client, _| {
            client.stop_sending();
            None
        }),
        ("disconnect", |_, _| None),
    ];
    for (name, end) in ends {
        let told = Told::default();
        let host = host(&told);
        let mut client = host.client();
        let stream = client.play_new("scene");
        client.next_media();
        if let Some(mut client) = end(client, stream) {
            client.sync();
            assert_eq!(told.count("stop scene"), 1, "after {name}");
        }
        told.wait_for("stop scene");
        host.server.shutdown();
        assert_eq!(told.all(), ["play scene", "stop scene"], "after {name}");
    }
}

#[test]
fn another_play_on_the_same_stream_stops_the_one_before() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    let stream = client.play_new("first");
    client.next_media();
    client.play(stream, "second");
    client.next_media();
    client.ask_to_play(stream, "refused");
    client.wait_for_code("NetStream.Play.Failed");
    client.sync();
    host.server.shutdown();
    assert_eq!(
        told.all(),
        ["play first", "stop first", "play second", "stop second", "play refused"]
    );
}

#[test]
fn a_shutdown_stops_what_plays_and_tells_the_client() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    client.play_new("scene");
    client.next_media();
    host.server.shutdown();
    assert_eq!(told.all(), ["play scene", "stop scene"]);
    let last: Vec<_> = client.until_closed().iter().map(Received::name).collect();
    assert!(
        last.ends_with(&["NetStream.Play.Stop".to_owned(), "StreamEOF".to_owned()]),
        "{last:?}"
    );
}

#[test]
fn a_stop_is_told_once_where_client_and_frame_handler_end_at_once() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    let stream = client.play_new("both end");
    client.next_media();
    client.close_stream(stream);
    client.sync();
    assert_eq!(told.count("stop both end"), 1, "{told:?}");
    client.play(stream, "scene");
    client.next_media();
}

#[test]
fn a_frame_handler_can_close_its_connection() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    client.play_new("frame closes");
    client.until_closed();
    told.wait_for("stop frame closes");
    host.server.shutdown();
    assert_eq!(told.all(), ["play frame closes", "stop frame closes"]);
}

#[test]
fn a_panic_of_a_play_handler_ends_its_connection_alone() {
    let told = Told::default();
    let host = host(&told);
    let mut neighbour = host.client();
    neighbour.play_new("neighbour");
    let mut client = host.client();
    client.play_new("scene");
    let stream = client.create_stream();
    client.ask_to_play(stream, "play panics");
    client.until_closed();
    told.wait_for("stop scene");
    for _ in 0..10 {
        neighbour.next_media();
    }
    assert_eq!(told.count("stop play panics"), 0, "it was never played");
    // A panic at the stop counts as a stop.
    neighbour.play_new("stop panics");
    neighbour.close_stream(2);
    neighbour.sync();
    assert_eq!(told.count("stop stop panics"), 1);
}

#[test]
fn a_failing_handler_ends_its_stream_alone_which_can_play_again() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    let neighbour = client.play_new("neighbour");
    let stream = client.create_stream();
    for name in ["frame false", "frame error", "frame panics"] {
        check_end_by_server(&mut client, stream, name, &told);
    }
    for name in ["render false", "render error", "render panics"] {
        check_end_by_server(&mut client, stream, name, &told);
    }
    client.play(stream, "scene");
    for wanted in [neighbour, stream] {
        client.until(|received| match received {
            Received::Media(media) => (media.stream == wanted).then_some(()),
            _ => None,
        });
    }
}

#[test]
fn an_end_in_order_is_told_as_complete_and_the_stream_can_play_again() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    let stream = client.create_stream();
    for _ in 0..2 {
        let last = check_end_by_server(&mut client, stream, "frame ends", &told);
        let names: Vec<_> = last.iter().map(Received::name).collect();
        // First comes what the frame handler put, then what the stop handler put, then the notices.
        assert_eq!(
            names[names.len() - 5..],
            ["Video", "Audio", "onPlayStatus", "NetStream.Play.Stop", "StreamEOF"]
        );
        let Some(Received::Data { stream: told_of, values, .. }) = last.iter().nth_back(2) else {
            panic!("{last:?}")
        };
        assert_eq!(*told_of, stream);
        assert_eq!(values[0].get("code"), Some(&"NetStream.Play.Complete".into()));
    }
    client.play(stream, "scene");
    assert!(is_key_frame(client.next_media().payload()));
}

/// Plays a stream that ends by itself, and returns what came.
fn check_end_by_server(client: &mut Client, stream: u32, name: &str, told: &Told) -> Vec<Received> {
    let (plays, stops) = (format!("play {name}"), format!("stop {name}"));
    client.ask_to_play(stream, name);
    let mut seen = Vec::new();
    client.until(|received| {
        let is_end = received == Received::StreamEof(stream);
        // Pictures of the other stream come in between.
        if !matches!(&received, Received::Media(media) if media.stream != stream) {
            seen.push(received);
        }
        is_end.then_some(())
    });
    let stop = &seen[seen.len() - 2];
    assert!(stop.has_code("NetStream.Play.Stop"), "{name}: {seen:?}");
    let completes = seen.iter().filter(|received| received.name() == "onPlayStatus").count();
    assert_eq!(completes, usize::from(name == "frame ends"), "{name}");
    let after = client.sync();
    let is_of_stream =
        |received: &Received| matches!(received, Received::Media(media) if media.stream == stream);
    assert!(!after.iter().any(is_of_stream), "{name}: {after:?}");
    assert_eq!(told.count(&plays), told.count(&stops), "{told:?}");
    seen
}

#[test]
fn a_stop_that_the_handler_refuses_leaves_the_stream_playing() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    let stream = client.play_new("stays");
    client.close_stream(stream);
    client.sync();
    assert_eq!(told.all(), ["play stays", "stop stays"]);
    for _ in 0..10 {
        client.next_media();
    }
    // The handler cannot refuse a deletion. It is told of it.
    client.delete_stream(stream);
    client.sync();
    assert_eq!(told.all(), ["play stays", "stop stays", "stop stays"]);
    assert!(!client.sync().iter().any(Received::is_media));
}

/// Watches the live stream of the name that is played. At the stop of "first" it waits.
struct Watcher {
    told: Told,
    lives: Arc<Vec<(&'static str, LiveStream)>>,
    goes_on: Arc<Mutex<Receiver<()>>>,
}

impl PlayEventHandler for Watcher {
    fn play(&mut self, stream: &Stream, _: &mut PlayOut) -> HandlerResult {
        let name = stream.stream_name();
        let live = self.lives.iter().find(|(it, _)| *it == name).ok_or("no such stream")?;
        stream.watch(&live.1);
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.told.note(format!("stop {} on {}", stream.stream_name(), stream.id()));
        if stream.id() == 1 {
            self.goes_on.lock().unwrap_or_else(PoisonError::into_inner).recv()?;
        }
        Ok(true)
    }
}

#[test]
fn a_source_that_ends_late_does_not_end_what_the_stream_shows_by_then() {
    let told = Told::default();
    let (go_on, goes_on) = mpsc::channel();
    let goes_on = Arc::new(Mutex::new(goes_on));
    let live = || LiveStream::new(LiveStreamConfig::default());
    let lives = Arc::new(vec![("ends", live()), ("stays", live())]);
    let (noted, shown) = (told.clone(), Arc::clone(&lives));
    let host = Host::start(on_streams(move |stream| {
        let (told, lives) = (noted.clone(), Arc::clone(&shown));
        let goes_on = Arc::clone(&goes_on);
        stream.register_play_event_handler(Watcher { told, lives, goes_on });
    }));
    let (mut one, mut other) = (host.client(), host.client());
    one.play_new("ends");
    let unused = other.create_stream();
    let stream = other.play_new("ends");
    other.delete_stream(unused);
    one.sync();
    other.sync();
    let source = lives[0].1.clone();
    let end = thread::spawn(move || source.end(End::Complete));
    told.wait_for("stop ends on 1");
    // The first viewer holds the end of the second up.
    other.play(stream, "stays");
    go_on.send(()).expect("the handler waits");
    end.join().expect("the end does not panic");
    other.sync();
    assert_eq!(told.count("stop ends on 2"), 1, "{told:?}");
    assert_eq!(told.count("stop stays on 2"), 0, "{told:?}");
    assert_eq!(lives[1].1.subscribers(), 1);
}
