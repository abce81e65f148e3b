//! Clients that do not read: what their frame handlers see, and that other clients are served.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::protocol::Timestamp;
use rendercast::{
    ConnectEventHandler, Connection, FrameEventHandler, FrameOut, HandlerResult, MediaOut,
    PlayEventHandler, PlayOut, ServerConfig, Statistics, Stream, StreamEventHandler,
};

use crate::support::{
    Client, Host, PATIENCE, Received, Told, frame_number, inter_frame, is_key_frame, key_frame,
};

const LENGTH: usize = 4;
const FRAME_BYTES: usize = 100_000;
/// The number of frames from one key frame to the next.
const KEY_DISTANCE: u32 = 10;

/// What a frame handler saw at one call.
#[derive(Clone, Copy, Debug)]
struct Sight {
    is_full: bool,
    depth: usize,
    bytes: usize,
    dropped: u32,
}

/// Plays large frames if "large" is asked for, and small ones otherwise. Tells what it saw.
#[derive(Clone, Default)]
struct Application {
    sights: Arc<Mutex<Vec<Sight>>>,
    told: Told,
    number: u32,
    /// Whether it puts nothing while the queue is full.
    is_considerate: bool,
}

impl ConnectEventHandler for Application {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        connection.register_stream_event_handler(self.clone());
        connection.register_remote_call_handler(
            "echo",
            |_: &Connection, _: &str, _: &Value, arguments: &[Value]| Ok(arguments[0].clone()),
        );
        Ok(true)
    }

    fn close(&self, connection: &Connection) {
        let dropped = figure(&connection.statistics(), "dropped_frames");
        self.told.note(if dropped > 0 { "close, with drops" } else { "close, without drops" });
        self.told.note("close");
    }
}

impl StreamEventHandler for Application {
    fn create(&mut self, stream: &Stream, _: &Value) -> HandlerResult {
        stream.set_property("render_rate", 250)?;
        stream.register_frame_event_handler(self.clone());
        stream.register_play_event_handler(self.clone());
        stream.register_seek_event_handler(|_: &Stream, position: Timestamp| Ok(Some(position)));
        Ok(true)
    }
}

impl PlayEventHandler for Application {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.told.note(format!("stop {}", stream.stream_name()));
        Ok(true)
    }
}

impl FrameEventHandler for Application {
    fn frame(&mut self, stream: &Stream, out: &mut FrameOut, is_full: bool) -> HandlerResult {
        let is_large = stream.stream_name() == "large";
        if is_large {
            let statistics = stream.statistics();
            let figure = |name| figure(&statistics, name);
            let (depth, bytes) = (figure("outqueue_depth"), figure("outqueue_bytes"));
            let dropped = figure("dropped_frames") as u32;
            self.sights.lock().expect("nobody panics with it").push(Sight {
                is_full,
                depth,
                bytes,
                dropped,
            });
        }
        if is_full && self.is_considerate {
            return Ok(true);
        }
        let length = if is_large { FRAME_BYTES } else { 10 };
        let is_key = self.number.is_multiple_of(KEY_DISTANCE);
        let frame = if is_key { key_frame } else { inter_frame };
        out.video(frame(self.number, length));
        self.number += 1;
        Ok(true)
    }
}

fn figure(statistics: &Statistics, name: &str) -> usize {
    let figure = statistics.get(name).and_then(Value::as_number);
    figure.unwrap_or_else(|| panic!("no figure {name}")) as usize
}

impl Application {
    fn sights(&self) -> Vec<Sight> {
        self.sights.lock().expect("nobody panics with it").clone()
    }

    /// Waits until each of the last `count` calls is `wanted`.
    #[track_caller]
    fn wait_for_last(&self, count: usize, wanted: impl Fn(&Sight) -> bool) {
        self.wait_until(|sights| {
            let last = &sights[sights.len().saturating_sub(count)..];
            last.len() == count && last.iter().all(&wanted)
        });
    }

    #[track_caller]
    fn wait_until(&self, is_so: impl Fn(&[Sight]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&self.sights()) {
            assert!(Instant::now() < deadline, "the last: {:?}", self.sights().last());
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn queues() -> Queues {
    Queues::default().outqueue_length(LENGTH)
}

fn config() -> ServerConfig {
    ServerConfig::default().queues(queues())
}

/// Reads until a frame handler sees room again, and returns the numbers of what was read.
fn read_until_room(client: &mut Client, application: &Application) -> Vec<u32> {
    let mut numbers = Vec::new();
    let before = application.sights().len();
    while !application.sights()[before..].iter().any(|sight| !sight.is_full) {
        numbers.push(frame_number(client.next_media().payload()));
    }
    numbers
}

#[test]
fn the_queue_is_full_exactly_as_long_as_its_channel_is() {
    let application = Application { is_considerate: true, ..Application::default() };
    let host = Host::start_with(config(), application.clone());
    let mut client = host.narrow_client();
    client.play_new("large");
    application.wait_for_last(20, |sight| sight.is_full && sight.depth == LENGTH);
    // The depth is read after the flag. In between, entries are only removed.
    for sight in application.sights() {
        assert!(sight.is_full || sight.depth < LENGTH, "{sight:?}");
        assert_eq!(sight.dropped, 0, "nothing was put where it was full");
    }
    let mut numbers = read_until_room(&mut client, &application);
    for _ in 0..20 {
        numbers.push(frame_number(client.next_media().payload()));
    }
    // A handler that puts nothing while the queue is full loses nothing.
    assert_eq!(numbers, (0..numbers.len() as u32).collect::<Vec<_>>());
}

#[test]
fn frames_that_do_not_fit_are_counted_and_video_goes_on_at_a_key_frame() {
    let application = Application::default();
    let host = Host::start_with(config(), application.clone());
    let mut client = host.narrow_client();
    client.play_new("large");
    application.wait_for_last(20, |sight| sight.is_full && sight.dropped > 0);
    let mut last = None;
    let mut gaps = 0;
    // A client that reads slowly sees more than one gap.
    while gaps < 3 {
        let media = client.next_media();
        let number = frame_number(media.payload());
        if last.is_some_and(|last| number != last + 1) {
            assert!(is_key_frame(media.payload()), "{number} after {last:?}");
            gaps += 1;
            application.wait_for_last(3, |sight| sight.is_full);
        }
        last = Some(number);
    }
    drop(client);
    application.told.wait_for("close, with drops");
    let dropped = host.server.statistics();
    assert!(figure(&dropped, "dropped_frames") > 0);
}

#[test]
fn other_viewers_do_not_notice_one_that_does_not_read() {
    let application = Application::default();
    let host = Host::start_with(config(), application.clone());
    let mut stuck = host.narrow_client();
    stuck.play_new("large");
    application.wait_for_last(5, |sight| sight.is_full);
    let mut viewer = host.client();
    viewer.play_new("small");
    for number in 0..100 {
        assert_eq!(frame_number(viewer.next_media().payload()), number);
    }
    // A stream that is full does not delay the requests of its connection either.
    application.wait_for_last(5, |sight| sight.is_full);
    drop(viewer);
    application.told.wait_for("close, without drops");
}

#[test]
fn what_waits_for_a_viewer_is_bounded_in_bytes_too() {
    const BYTES: usize = 300_000;
    let application = Application::default();
    let config = ServerConfig::default()
        .queues(Queues::default().outqueue_length(1000).outqueue_bytes(BYTES));
    let host = Host::start_with(config, application.clone());
    let mut client = host.narrow_client();
    client.play_new("large");
    application.wait_for_last(20, |sight| sight.is_full && sight.dropped > 0);
    for sight in application.sights() {
        assert!(sight.bytes <= BYTES + FRAME_BYTES + 100, "{sight:?}");
    }
}

#[test]
fn a_viewer_that_takes_nothing_for_as_long_as_allowed_is_given_up() {
    let application = Application::default();
    let timeout = Duration::from_millis(300);
    let host =
        Host::start_with(config().queues(queues().write_timeout(timeout)), application.clone());
    let mut stuck = host.narrow_client();
    let started = Instant::now();
    stuck.play_new("large");
    application.told.wait_for("close");
    assert!(started.elapsed() >= timeout);
    assert_eq!(application.told.count("stop large"), 1);
    host.client().sync();
}

#[test]
fn a_congested_client_s_requests_are_answered_ahead_of_its_media() {
    let application = Application { is_considerate: true, ..Application::default() };
    let host = Host::start_with(config(), application.clone());
    let mut client = host.narrow_client();
    let stream = client.play_new("large");
    application.wait_for_last(5, |sight| sight.is_full);
    client.close_stream(stream);
    assert_eq!(client.call("echo", &["here".into()]), Ok("here".into()));
    // What was queued for the closed stream is dropped, except the message that has begun.
    assert!(client.sync().len() < 200);
    assert_eq!(application.told.count("stop large"), 1);
    client.play(stream, "small");
    client.next_media();
}

#[test]
fn what_was_queued_before_a_seek_is_not_sent_after_it() {
    let application = Application { is_considerate: true, ..Application::default() };
    let host = Host::start_with(config(), application.clone());
    let mut client = host.narrow_client();
    let stream = client.play_new("large");
    application.wait_for_last(20, |sight| sight.is_full);
    let calls = application.sights().len();
    client.request(stream, "seek", &[0.into()]);
    // The client does not read, so only the seek can make room.
    application.wait_until(|sights| sights[calls..].iter().any(|sight| !sight.is_full));
    let before = client.wait_for_code("NetStream.Seek.Notify");
    let last = before.iter().rev().find_map(|received| match received {
        Received::Media(media) => Some(frame_number(media.payload())),
        _ => None,
    });
    let last = last.expect("what the socket held");
    let next = frame_number(client.next_media().payload());
    assert!(next > last + 1, "{next} after {last}: what was queued came all the same");
}

#[test]
fn a_client_that_asks_and_does_not_read_the_answers_is_not_read_from() {
    const MOST: usize = 2000;
    let host = Host::start_with(config(), Application::default());
    let mut client = host.narrow_client();
    let words = Value::from("x".repeat(20_000));
    let calls = client.flood("echo", std::slice::from_ref(&words), MOST);
    assert!(calls < MOST, "40 MB of answers are queued for a client that does not read");
    for _ in 1..calls {
        let answer = client.next_reply();
        assert!(answer == Ok(words.clone()), "another answer");
    }
    // This includes the rest of the last call, which was being sent.
    assert_eq!(client.call("echo", &["end".into()]), Ok("end".into()));
}
