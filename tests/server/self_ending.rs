//! Handlers that end what runs them: the server, a loop, a source, themselves.

use std::sync::mpsc;
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;

use rendercast::amf::{Object, Value};
use rendercast::{
    ConnectEventHandler, Connection, End, FrameEventHandler, FrameOut, HandlerResult, LiveStream,
    LiveStreamConfig, LoopFrameOut, MediaOut, PlayEventHandler, PlayOut, PlayRequest,
    RenderEventHandler, RenderLoop, RenderLoopConfig, Server, ServerConfig, Stream,
    StreamEventHandler, Transition,
};

use crate::support::{
    Client, Doer, Host, PATIENCE, Received, SharedTurn, Told, frame_number, key_frame, on_streams,
    wait_until,
};

/// Leads a client to a place.
type Lead = fn(&mut Client);

/// All places at which a [`Doer`] can act, each with the requests that lead there.
const PLACES: [(&str, Lead); 16] = [
    ("connect", |client| client.ask_to_connect(Object::new().with("app", "live"), &[])),
    ("create", |client| {
        client.connect("live", &[]).expect("the connection is claimed");
        client.begin_call("createStream", &[]);
    }),
    ("play", |client| {
        let stream = create(client);
        client.ask_to_play(stream, "scene");
    }),
    ("render", |client| {
        let stream = create(client);
        client.ask_to_play(stream, "scene");
    }),
    ("frame", |client| {
        let stream = create(client);
        client.ask_to_play(stream, "scene");
    }),
    ("transition", |client| {
        let stream = play(client);
        let arguments = ["next".into(), (-2).into(), (-1).into(), false.into()];
        client.request(stream, "play", &arguments);
    }),
    ("pause", |client| {
        let stream = play(client);
        client.pause(stream, true);
    }),
    ("resume", |client| {
        let stream = play(client);
        client.pause(stream, true);
        client.pause(stream, false);
    }),
    ("seek", |client| {
        let stream = play(client);
        client.request(stream, "seek", &[1000.into()]);
    }),
    ("stop", |client| {
        let stream = play(client);
        client.close_stream(stream);
    }),
    ("remove", |client| {
        let stream = play(client);
        client.delete_stream(stream);
    }),
    ("call", |client| {
        client.connect("live", &[]).expect("the connection is claimed");
        client.begin_call("ask", &[]);
    }),
    ("reply", |client| {
        client.connect("live", &[]).expect("the connection is claimed");
        client.begin_call("ask", &[]);
        let transaction = client.until(|received| match received {
            Received::Call { transaction, .. } => Some(transaction),
            _ => None,
        });
        client.answer(transaction, Ok(Value::Null));
    }),
    ("publish", |client| {
        let stream = create(client);
        client.request(stream, "publish", &["scene".into(), "live".into()]);
    }),
    ("unpublish", |client| {
        client.connect("live", &[]).expect("the connection is claimed");
        let stream = client.publish_new("scene");
        client.delete_stream(stream);
    }),
    ("close", |client| {
        client.connect("live", &[]).expect("the connection is claimed");
        client.stop_sending();
    }),
];

fn create(client: &mut Client) -> u32 {
    client.connect("live", &[]).expect("the connection is claimed");
    client.create_stream()
}

fn play(client: &mut Client) -> u32 {
    client.connect("live", &[]).expect("the connection is claimed");
    let stream = client.play_new("scene");
    client.next_media();
    stream
}

/// A server that is not shut down with the test, but by its handlers.
struct Alone {
    server: Arc<Server>,
    address: std::net::SocketAddr,
    turn: SharedTurn,
}

impl Alone {
    fn start(handler: impl ConnectEventHandler + 'static) -> Self {
        let turn = SharedTurn::wait();
        let server = Arc::new(Server::new(ServerConfig::default()));
        server.install(handler);
        server.start("127.0.0.1:0").expect("a free port");
        let address = server.listen_addresses()[0].socket_address().expect("TCP");
        Self { server, address, turn }
    }
}

/// Fails unless `work` returns in time.
#[track_caller]
fn in_time(what: &str, work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    assert!(is_done.recv_timeout(PATIENCE).is_ok(), "it hangs: {what}");
}

#[test]
fn every_handler_may_shut_its_server_down() {
    for (at, lead) in PLACES {
        let (told, deed) = (Told::default(), Arc::default());
        let doer = Doer { at, deed: Arc::clone(&deed), told: told.clone() };
        let Alone { server, address, turn: _turn } = Alone::start(doer);
        // Weak, because a handler that the server holds must not hold the server.
        let weak = Arc::downgrade(&server);
        let shutdown = move || weak.upgrade().expect("the server lives").shutdown();
        *deed.lock().expect("nothing panics") = Some(Box::new(shutdown));
        let mut client = Client::open(address);
        lead(&mut client);
        told.wait_for("done");
        client.until_closed();
        in_time(at, move || server.wait());
        let all = told.all();
        let count = |what: &str| all.iter().filter(|note| *note == what).count();
        assert_eq!(count("play"), count("stop"), "{at}: {all:?}");
        assert_eq!(count("create"), count("remove"), "{at}: {all:?}");
        assert_eq!(count("publish"), count("unpublish"), "{at}: {all:?}");
        assert_eq!(count("close"), 1, "{at}: {all:?}");
    }
}

#[test]
fn every_handler_may_drop_the_last_handle_of_its_server() {
    for (at, lead) in PLACES {
        let (told, deed) = (Told::default(), Arc::default());
        let doer = Doer { at, deed: Arc::clone(&deed), told: told.clone() };
        let Alone { server, address, turn: _turn } = Alone::start(doer);
        *deed.lock().expect("nothing panics") = Some(Box::new(move || drop(server)));
        let mut client = Client::open(address);
        lead(&mut client);
        told.wait_for("done");
        client.until_closed();
        told.wait_for("close");
        // The threads end by themselves. Another test may get the port.
        let listens = || std::net::TcpStream::connect(address).is_ok();
        wait_until(&format!("{at}: it listens no more"), || !listens());
    }
}

#[test]
fn handlers_of_two_connections_may_shut_the_server_down_at_once() {
    let together = Arc::new(Barrier::new(2));
    let (server, told) = (Arc::new(Mutex::new(None)), Told::default());
    let (shut_down, noted) = (Arc::clone(&server), told.clone());
    let alone = Alone::start(move |_: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let server: Arc<Server> = {
            let server = shut_down.lock().unwrap_or_else(PoisonError::into_inner);
            Option::clone(&*server).expect("it is set before")
        };
        together.wait();
        server.shutdown();
        noted.note("done");
        Ok(true)
    });
    *server.lock().expect("nothing panics") = Some(Arc::clone(&alone.server));
    let clients: Vec<Client> = (0..2).map(|_| Client::open(alone.address)).collect();
    for mut client in clients {
        client.ask_to_connect(Object::new(), &[]);
        thread::spawn(move || client.until_closed());
    }
    told.wait_for_times("done", 2);
    in_time("the wait", move || alone.server.wait());
    server.lock().expect("nothing panics").take();
}

#[test]
fn a_wait_in_a_handler_returns() {
    let (told, deed) = (Told::default(), Arc::default());
    let doer = Doer { at: "connect", deed: Arc::clone(&deed), told: told.clone() };
    let alone = Alone::start(doer);
    let weak = Arc::downgrade(&alone.server);
    let wait = move || weak.upgrade().expect("the server lives").wait();
    *deed.lock().expect("nothing panics") = Some(Box::new(wait));
    Client::open(alone.address).connect("live", &[]).expect("the connection is claimed");
    told.wait_for("done");
}

#[test]
fn a_shared_loop_may_shut_down_the_server_whose_streams_show_it() {
    let server: Arc<Mutex<Option<Arc<Server>>>> = Arc::default();
    let (shut_down, told) = (Arc::clone(&server), Told::default());
    let noted = told.clone();
    let frames = move |out: &mut LoopFrameOut, _: bool| -> HandlerResult {
        out.video(key_frame(0, 0));
        let server = shut_down.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(server) = server {
            server.shutdown();
            noted.note("done");
        }
        Ok(true)
    };
    let scene =
        Arc::new(RenderLoop::of_frames(RenderLoopConfig::new("s"), frames).expect("a loop"));
    let alone = Alone::start(on_streams(move |stream| stream.join(&scene)));
    let mut client = Client::open(alone.address);
    play(&mut client);
    *server.lock().expect("nothing panics") = Some(Arc::clone(&alone.server));
    told.wait_for("done");
    client.until_closed();
    in_time("the wait", move || alone.server.wait());
}

/// Shows a live stream, and ends it in its transition in one of several ways.
struct Ender {
    told: Told,
    live: LiveStream,
    scene: Option<RenderLoop>,
}

impl PlayEventHandler for Ender {
    fn play(&mut self, stream: &Stream, _: &mut PlayOut) -> HandlerResult {
        match (stream.stream_name().as_str(), &self.scene) {
            ("loop", Some(scene)) => stream.join(scene),
            _ => stream.watch(&self.live),
        }
        Ok(true)
    }

    fn transition(
        &mut self,
        stream: &Stream,
        request: &PlayRequest,
        _: Transition,
    ) -> HandlerResult {
        match request.stream_name.as_str() {
            "ended" => {
                let ended = LiveStream::new(LiveStreamConfig::default());
                ended.end(End::Complete);
                stream.watch(&ended);
            }
            "end" => self.live.end(End::Complete),
            "drop" => drop(self.scene.take()),
            "panic" => {
                self.live.end(End::Complete);
                panic!("as the test wishes");
            }
            _ => return Ok(false),
        }
        self.told.note("ended");
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.told.note(format!("stop {}", stream.stream_name()));
        Ok(true)
    }
}

fn ender_host(told: &Told) -> Host {
    let told = told.clone();
    Host::start(on_streams(move |stream| {
        let frames = |out: &mut LoopFrameOut, _: bool| -> HandlerResult {
            out.video(key_frame(0, 0));
            Ok(true)
        };
        let scene = RenderLoop::of_frames(RenderLoopConfig::new("s"), frames).expect("a loop");
        let live = LiveStream::new(LiveStreamConfig::default());
        let told = told.clone();
        stream.register_play_event_handler(Ender { told, live, scene: Some(scene) });
    }))
}

#[test]
fn a_transition_may_end_what_the_stream_shows() {
    for (shown, way) in [("live", "ended"), ("live", "end"), ("loop", "drop"), ("loop", "ended")] {
        for transition in ["play", "play2"] {
            let told = Told::default();
            let host = ender_host(&told);
            let mut client = host.client();
            let stream = client.play_new(shown);
            if transition == "play" {
                let arguments = [way.into(), (-2).into(), (-1).into(), false.into()];
                client.request(stream, "play", &arguments);
            } else {
                let options = Object::new().with("streamName", way).with("transition", "switch");
                client.request(stream, "play2", &[options.into()]);
            }
            client.until(|received| (received == Received::StreamEof(stream)).then_some(()));
            client.sync();
            assert_eq!(told.all(), ["ended".to_owned(), format!("stop {shown}")], "{way}");
            // The stream plays again.
            client.play(stream, "live");
            client.close_stream(stream);
            told.wait_for("stop live");
        }
    }
}

#[test]
fn a_transition_that_ends_its_source_and_panics_is_told_to_stop_once() {
    let told = Told::default();
    let host = ender_host(&told);
    let mut client = host.client();
    let stream = client.play_new("live");
    client.request(stream, "play", &["panic".into(), (-2).into(), (-1).into(), false.into()]);
    client.until_closed();
    told.wait_for("stop live");
    host.server.shutdown();
    assert_eq!(told.all(), ["stop live"]);
}

/// A handler of everything whose drops panic.
struct PanicsWhenDropped(Told);

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        self.0.note("dropped");
        panic!("as the test wishes");
    }
}

impl ConnectEventHandler for PanicsWhenDropped {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        connection.register_stream_event_handler(Self(self.0.clone()));
        let (told, guard) = (self.0.clone(), Self(self.0.clone()));
        connection.register_remote_call_handler(
            "replace",
            move |connection: &Connection, _: &str, _: &Value, _: &[Value]| {
                assert!(guard.0.count("nothing") == 0);
                told.note("replaced");
                connection.unregister_remote_call_handler("replace");
                Ok(Value::Null)
            },
        );
        Ok(true)
    }

    fn close(&self, _: &Connection) {
        self.0.note("close");
    }
}

impl StreamEventHandler for PanicsWhenDropped {
    fn create(&mut self, stream: &Stream, _: &Value) -> HandlerResult {
        stream.register_play_event_handler(Self(self.0.clone()));
        stream.register_frame_event_handler(Self(self.0.clone()));
        stream.register_render_event_handler(Self(self.0.clone()));
        Ok(true)
    }

    fn remove(&mut self, _: &Stream) {
        self.0.note("remove");
    }
}

impl PlayEventHandler for PanicsWhenDropped {
    fn play(&mut self, _: &Stream, _: &mut PlayOut) -> HandlerResult {
        Ok(true)
    }

    fn stop(&mut self, _: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.0.note("stop");
        Ok(true)
    }
}

impl RenderEventHandler for PanicsWhenDropped {
    fn render(&mut self, _: &Stream) -> HandlerResult {
        Ok(true)
    }
}

impl FrameEventHandler for PanicsWhenDropped {
    fn frame(&mut self, stream: &Stream, out: &mut FrameOut, _: bool) -> HandlerResult {
        out.video(key_frame(0, 0));
        if stream.stream_name() == "replaces" {
            stream.register_frame_event_handler(|_: &Stream, out: &mut FrameOut, _: bool| {
                out.video(key_frame(7, 0));
                Ok(true)
            });
        }
        Ok(true)
    }
}

#[test]
fn handlers_whose_drops_panic_end_nothing_but_themselves() {
    let told = Told::default();
    let host = Host::start(PanicsWhenDropped(told.clone()));
    let mut client = host.client();
    let replaced = client.play_new("replaces");
    client.until(|received| match received {
        Received::Media(media) => (frame_number(media.payload()) == 7).then_some(()),
        _ => None,
    });
    assert_eq!(client.call("replace", &[]), Ok(Value::Null), "{told:?}");
    client.close_stream(replaced);
    client.delete_stream(replaced);
    for _ in 0..2 {
        client.play_new("scene");
        client.next_media();
    }
    client.sync();
    drop(client);
    told.wait_for("close");
    host.server.shutdown();
    for (what, times) in [("stop", 3), ("remove", 3), ("close", 1), ("replaced", 1)] {
        assert_eq!(told.count(what), times, "{what}: {told:?}");
    }
    // Those of three streams, of the connection, and of the call.
    assert_eq!(told.count("dropped"), 3 * 3 + 1 + 1, "{told:?}");
}

/// Panics when it is registered.
struct PanicsWhenAsked;

impl FrameEventHandler for PanicsWhenAsked {
    fn frame(&mut self, _: &Stream, _: &mut FrameOut, _: bool) -> HandlerResult {
        Ok(true)
    }

    fn runs_while_paused(&self) -> bool {
        panic!("as the test wishes");
    }
}

#[test]
fn a_panic_in_runs_while_paused_ends_its_connection_alone() {
    let host = Host::start(on_streams(|stream: &Stream| {
        if stream.id() == 2 {
            stream.register_frame_event_handler(PanicsWhenAsked);
        } else {
            stream.register_frame_event_handler(|_: &Stream, out: &mut FrameOut, _: bool| {
                out.video(key_frame(0, 0));
                Ok(true)
            });
        }
    }));
    let (mut neighbour, mut client) = (host.client(), host.client());
    neighbour.play_new("scene");
    client.play_new("scene");
    client.begin_call("createStream", &[]);
    client.until_closed();
    for _ in 0..5 {
        neighbour.next_media();
    }
}
