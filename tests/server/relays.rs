//! Streams pushed to another server and pulled from one, through losses and slowness.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rendercast::client::{self, Player};
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::media::{Tag, TagKind};
use rendercast::relay::{Pull, Push, RelayConfig, RelayEvent};
use rendercast::{
    End, HandlerResult, LiveStream, LiveStreamConfig, LoopFrameOut, RenderLoop, RenderLoopConfig,
    Server, ServerConfig, Timestamp,
};

use crate::support::{
    Host, PATIENCE, SharedTurn, frame_number, free_port, inter_frame, key_frame, wait_until,
};

const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1, 2, 3];

fn video(timestamp: u32, payload: Bytes) -> Tag {
    Tag { kind: TagKind::Video, timestamp: Timestamp(timestamp), payload }
}

/// Feeds a stream with a frame every few milliseconds, and a key frame every ten, until it is
/// dropped.
struct Camera {
    stream: LiveStream,
    thread: Option<thread::JoinHandle<()>>,
}

impl Camera {
    fn start(length: usize) -> Self {
        let stream = LiveStream::new(LiveStreamConfig::default());
        let feed = stream.clone();
        let run = move || {
            feed.send(vec![video(0, Bytes::from_static(HEADER))], Instant::now());
            for number in 0.. {
                let is_key = number % 10 == 0;
                let frame =
                    if is_key { key_frame(number, length) } else { inter_frame(number, length) };
                feed.send(vec![video(number * 5, frame)], Instant::now());
                if feed.has_ended() {
                    return;
                }
                thread::sleep(Duration::from_millis(5));
            }
        };
        Self { stream, thread: Some(thread::spawn(run)) }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stream.end(End::Complete);
        self.thread.take().map(thread::JoinHandle::join);
    }
}

/// Settings with short waits, and the events as texts.
fn config() -> (RelayConfig, Receiver<String>) {
    let (note, events) = mpsc::channel();
    let config = RelayConfig::default()
        .backoff(Duration::from_millis(20), Duration::from_millis(100))
        .on_event(move |event| {
            let _ = note.send(match event {
                RelayEvent::Connected => "connected".to_owned(),
                RelayEvent::Lost { error: Some(error), .. } => format!("lost: {error}"),
                RelayEvent::Lost { error: None, .. } => "ended there".to_owned(),
                RelayEvent::Moved => "moved".to_owned(),
                RelayEvent::FellBehind { .. } => "fell behind".to_owned(),
                RelayEvent::Ended => "ended".to_owned(),
                other => format!("{other:?}"),
            });
        });
    (config, events)
}

#[track_caller]
fn wait_for(events: &Receiver<String>, start: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let event = events.recv_timeout(left).unwrap_or_else(|_| panic!("no event {start:?}"));
        if event.starts_with(start) {
            return event;
        }
    }
}

fn live() -> LiveHandler {
    LiveHandler::new(LiveConfig::default())
}

/// Starts a server on a port that was in use a moment ago.
fn start_on(port: u16) -> (Server, LiveHandler) {
    let (server, live) = (Server::new(ServerConfig::default()), live());
    server.install(live.clone());
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = server.start(&format!("127.0.0.1:{port}")) {
        assert!(Instant::now() < deadline, "{error}");
        thread::sleep(Duration::from_millis(10));
    }
    (server, live)
}

/// The audio and video of a stream.
fn media(url: &str) -> impl Iterator<Item = Tag> + use<> {
    let player = Player::open(url).unwrap_or_else(|error| panic!("{error}"));
    let tags = player.map(|tag| tag.expect("it plays on"));
    tags.filter(|tag| tag.kind != TagKind::Script)
}

/// Plays until frames have come, and checks that they begin with a key frame and follow each other.
fn assert_plays(url: &str) {
    let mut tags = media(url);
    assert_eq!(tags.next().expect("a header").payload, HEADER);
    let frames: Vec<Tag> = tags.take(20).collect();
    assert!(frames[0].is_key_frame());
    let numbers: Vec<u32> = frames.iter().map(|frame| frame_number(&frame.payload)).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    let times: Vec<u32> = frames.iter().map(|frame| frame.timestamp.0).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_push_survives_its_server() {
    let _turn = SharedTurn::wait();
    let camera = Camera::start(1000);
    let port = free_port();
    let (origin, _) = start_on(port);
    let url = format!("rtmp://127.0.0.1:{port}/live/copy");
    let (config, events) = config();
    let push = Push::start(&camera.stream, &url, config).expect("a push");
    wait_for(&events, "connected");
    assert_plays(&url);
    assert!(push.figures().is_connected);

    drop(origin);
    wait_for(&events, "lost: ");
    let (server, _live) = start_on(port);
    wait_for(&events, "connected");
    assert_plays(&url);
    let figures = push.figures();
    assert!(figures.connections >= 2 && figures.tags > 20 && figures.bytes > 20_000, "{figures:?}");

    drop(camera);
    wait_for(&events, "ended");
    wait_until("the thread ends", || !push.is_running());
    server.shutdown();
}

#[test]
fn a_server_that_takes_nothing_holds_up_neither_the_stream_nor_the_close() {
    let camera = Camera::start(100_000);
    // Accepts connections, lets them publish, and then reads no more.
    let origin = Host::start(crate::support::on_streams(|stream| {
        stream.register_publish_event_handler(Stalled);
    }));
    let url = format!("rtmp://{}/live/copy", origin.address);
    let (config, events) = config();
    let push = Push::start(&camera.stream, &url, config.queue(1000, 1 << 20)).expect("a push");
    wait_for(&events, "connected");
    wait_until("the sockets and the queue are full", || push.figures().dropped_tags > 0);
    let since = Instant::now();
    push.close();
    assert!(since.elapsed() < HELD / 2, "{:?}", since.elapsed());
    RELEASED.store(true, std::sync::atomic::Ordering::Release);
}

static RELEASED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Blocks at the first media until it is released.
struct Stalled;

/// How long it does at most.
const HELD: Duration = Duration::from_secs(40);

impl rendercast::PublishEventHandler for Stalled {
    fn publish(&mut self, _: &rendercast::Stream, _: &rendercast::PublishRequest) -> HandlerResult {
        Ok(true)
    }

    fn media(&mut self, _: &rendercast::Stream, _: &mut Vec<Tag>) -> HandlerResult {
        let deadline = Instant::now() + HELD;
        while !RELEASED.load(std::sync::atomic::Ordering::Acquire) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(true)
    }
}

#[test]
fn a_push_lets_a_render_loop_run() {
    let origin = Host::start(live());
    let frames = |out: &mut LoopFrameOut, wants_key: bool| -> HandlerResult {
        out.video(if wants_key { key_frame(0, 10) } else { inter_frame(1, 10) });
        Ok(true)
    };
    let scene = RenderLoop::of_frames(RenderLoopConfig::new("pushed").rate(100.0), frames);
    let scene = scene.expect("a loop");
    let url = format!("rtmp://{}/live/scene", origin.address);
    let (config, events) = config();
    let push = Push::start(scene.live_stream(), &url, config).expect("a push");
    wait_for(&events, "connected");
    assert!(media(&url).next().expect("a frame").is_key_frame());
    push.close();
    assert_eq!(scene.live_stream().subscribers(), 0);
}

#[test]
fn a_server_that_is_not_there_is_an_event_each_time() {
    let camera = Camera::start(10);
    let port = free_port();
    let url = format!("rtmp://127.0.0.1:{port}/live/secret");
    let (config, events) = config();
    let push = Push::start(&camera.stream, &url, config).expect("a push");
    for _ in 0..3 {
        let event = wait_for(&events, "lost: ");
        assert!(event.contains("cannot connect") && !event.contains("secret"), "{event}");
    }
    push.close();
    let error = Push::start(&camera.stream, "rtmp://h/app", RelayConfig::default());
    assert!(error.expect_err("no name").to_string().contains("names no stream"));
}

/// A relay may wait for hours to connect, but not when it closes.
#[test]
fn a_relay_that_connects_is_closed_at_once() {
    let hours = Duration::from_secs(10_000);
    let client = client::Config::default().connect_timeout(hours).reply_timeout(hours);
    let camera = Camera::start(10);
    // Takes connections, and never answers. Later ones are not even taken on Linux.
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let listener = listener.expect("a socket");
    listener.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    listener.listen(2).expect("it listens");
    let address = listener.local_addr().expect("it is bound").as_socket().expect("an IP address");
    let schemes = ["rtmp", "rtmps", "rtmpt", "rtmpts"].into_iter().cycle();
    for scheme in schemes.take(8) {
        let url = format!("{scheme}://{address}/live/scene");
        let config = || config().0.client(client.clone());
        let pull = Pull::start(&camera.stream, &url, config()).expect("a pull");
        let push = Push::start(&camera.stream, &url, config()).expect("a push");
        // Most of them have begun to connect by then; the others are closed before.
        thread::sleep(Duration::from_millis(20));
        let since = Instant::now();
        pull.close();
        push.close();
        assert!(since.elapsed() < PATIENCE, "{url}: {:?}", since.elapsed());
    }
}

#[test]
fn a_pull_continues_a_stream_over_the_loss_of_its_server() {
    let _turn = SharedTurn::wait();
    let camera = Camera::start(100);
    let port = free_port();
    let (origin, _) = start_on(port);
    let url = format!("rtmp://127.0.0.1:{port}/live/scene");
    let push = Push::start(&camera.stream, &url, config().0).expect("a push");

    let edge_live = live();
    let edge = Host::start(edge_live.clone());
    let (config, events) = config();
    let pull = Pull::start_named(&edge_live, "live/copy", &url, config).expect("a pull");
    wait_for(&events, "connected");
    let mut tags = media(&format!("rtmp://{}/live/copy", edge.address));
    let before: Vec<Tag> = tags.by_ref().take(20).collect();

    drop(origin);
    wait_for(&events, "lost: ");
    let (server, _live) = start_on(port);
    wait_for(&events, "connected");
    let last = frame_number(&before.last().expect("a frame").payload);
    let times: Vec<u32> = tags.by_ref().take(60).map(|tag| tag.timestamp.0).collect();
    assert!(times.is_sorted(), "{times:?}");
    let after = tags.next().expect("it goes on");
    assert!(frame_number(&after.payload) > last + 20);
    assert!(pull.figures().connections >= 2);
    pull.close();
    push.close();
    server.shutdown();
}

#[test]
fn a_pull_feeds_a_stream_of_code_until_that_ends() {
    let camera = Camera::start(100);
    let origin = Host::start(live());
    let url = format!("rtmp://{}/live/scene", origin.address);
    let push = Push::start(&camera.stream, &url, config().0).expect("a push");
    let copy = LiveStream::new(LiveStreamConfig::default());
    let (config, events) = config();
    let pull = Pull::start(&copy, &url, config).expect("a pull");
    wait_for(&events, "connected");
    copy.end(End::Complete);
    wait_for(&events, "ended");
    pull.close();
    push.close();
}
