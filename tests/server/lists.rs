//! The lists of connections and streams, and what handles can do.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::protocol::chunk::MessageType;
use rendercast::{
    ConnectionHandle, FrameOut, HandlerResult, LiveStream, LiveStreamConfig, MediaOut,
    PlayEventHandler, PlayOut, PublishRequest, Server, ServerConfig, Stream, StreamHandle,
};

use crate::support::{
    Client, Host, PATIENCE, Received, SharedTurn, Told, key_frame, on_streams, wait_until,
};

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

fn host(told: &Told) -> Host {
    let told = told.clone();
    Host::start(on_streams(move |stream| {
        stream.register_play_event_handler(Player(told.clone()));
        stream.register_frame_event_handler(|_: &Stream, out: &mut FrameOut, _: bool| {
            out.video(key_frame(0, 0));
            Ok(true)
        });
        stream.register_publish_event_handler(|_: &Stream, _: &PublishRequest| Ok(true));
    }))
}

/// Waits until there are that many connections.
#[track_caller]
fn connections(server: &Server, wanted: usize) -> Vec<ConnectionHandle> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let connections = server.connections();
        if connections.len() == wanted {
            return connections;
        }
        assert!(Instant::now() < deadline, "{wanted} are wanted: {connections:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn names(streams: &[StreamHandle]) -> Vec<String> {
    streams.iter().map(StreamHandle::stream_name).collect()
}

#[test]
fn connections_and_streams_are_listed_while_they_are_there() {
    let told = Told::default();
    let host = host(&told);
    // One that has not connected is none.
    let _silent = Client::open(host.address);
    let mut one = Client::open(host.address);
    one.connect("first", &[]).expect("the connection is claimed");
    let mut other = Client::open(host.address);
    other.connect("second", &[]).expect("the connection is claimed");
    one.play_new("a");
    one.play_new("b");
    one.sync();
    let listed = connections(&host.server, 2);
    let apps: Vec<_> = listed.iter().map(ConnectionHandle::app).collect();
    assert_eq!(apps, ["first", "second"]);
    assert!(listed.iter().all(|it| it.peer_address().to_string().starts_with("127.0.0.1:")));
    assert_eq!(names(&listed[0].streams()), ["a", "b"]);
    assert_eq!(names(&listed[1].streams()), [""; 0]);

    let statistics = listed[0].statistics().expect("the connection is there");
    assert_eq!(statistics.get("app"), Some(&"first".into()));
    assert!(listed[0].figures().expect("the connection is there").bytes_in > 3000);
    let stream = listed[0].streams().remove(1);
    assert_eq!(stream.id(), 2);
    let figures = stream.figures().expect("the stream is there");
    assert!(figures.is_playing && figures.render_rate == 25.0, "{figures:?}");
    let statistics = stream.statistics().expect("the stream is there");
    assert_eq!(statistics.get("stream_name"), Some(&"b".into()));

    listed[0].set_property("user_room", 7).expect("a name of the application");
    assert_eq!(connections(&host.server, 2)[0].property("user_room"), Some(7.into()));
    assert!(listed[0].set_property("room", 7).is_err());
    stream.set_property("render_rate", 50).expect("a rate");
    assert_eq!(listed[0].streams()[1].property("render_rate"), Some(50.into()));

    one.delete_stream(1);
    one.sync();
    assert_eq!(names(&listed[0].streams()), ["b"]);
    drop(one);
    let left = connections(&host.server, 1);
    assert_eq!(left[0].app(), "second");
    // The thread of the connection lets go of it after the list has.
    wait_until("nothing is left of the connection and the stream", || {
        !stream.exists() && listed[0].figures().is_none()
    });
    assert!(stream.figures().is_none());
    assert_eq!((stream.stream_name(), listed[0].app()), (String::new(), String::new()));
    stream.close();
    left[0].close();
    other.until_closed();
    connections(&host.server, 0);
}

#[test]
fn one_stream_is_closed_and_the_others_go_on() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    let (one, other) = (client.play_new("one"), client.play_new("other"));
    client.sync();
    let streams = connections(&host.server, 1)[0].streams();
    streams[0].close();
    streams[0].close();
    let mut codes = Vec::new();
    client.until(|received| {
        let is_end = received == Received::StreamEof(one);
        codes.push(received.name());
        is_end.then_some(())
    });
    assert!(codes.contains(&"NetStream.Play.Stop".to_owned()), "{codes:?}");
    for _ in 0..5 {
        assert_eq!(client.next_media().stream, other);
    }
    assert_eq!(told.all(), ["stop one"]);
    client.play(one, "again");
    client.until(|received| match received {
        Received::Media(media) => (media.stream == one).then_some(()),
        _ => None,
    });
}

#[test]
fn a_publisher_whose_stream_is_closed_is_told_so() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    let stream = client.publish_new("camera");
    client.send_media(stream, MessageType::VIDEO, 0, key_frame(0, 0));
    client.sync();
    connections(&host.server, 1)[0].streams()[0].close();
    client.send_media(stream, MessageType::VIDEO, 40, key_frame(1, 0));
    client.wait_for_code("NetStream.Publish.Rejected");
    // It may publish again.
    client.request(stream, "publish", &["camera".into(), "live".into()]);
    client.wait_for_code("NetStream.Publish.Start");
    client.send_media(stream, MessageType::VIDEO, 80, key_frame(2, 0));
    assert!(!client.sync().iter().any(|it| it.has_code("NetStream.Publish.Rejected")));
}

#[test]
fn the_viewers_of_a_source_are_found_in_the_lists() {
    let (live, other) = (
        LiveStream::new(LiveStreamConfig::default()),
        LiveStream::new(LiveStreamConfig::default()),
    );
    let shown = live.clone();
    let host = Host::start(on_streams(move |stream| stream.watch(&shown)));
    let mut clients: Vec<_> = (0..3).map(|_| host.client()).collect();
    for client in &mut clients[..2] {
        client.play_new("scene");
        client.sync();
    }
    let watching = |source: &LiveStream| {
        let streams = connections(&host.server, 3).into_iter().flat_map(|it| it.streams());
        streams.filter(|stream| stream.is_watching(source)).count()
    };
    assert_eq!((watching(&live), watching(&other)), (2, 0));
    clients[0].pause(1, true);
    clients[0].sync();
    assert_eq!(watching(&live), 1);
}

#[test]
fn a_wait_returns_when_another_thread_has_shut_the_server_down() {
    let _turn = SharedTurn::wait();
    let server = Arc::new(Server::new(ServerConfig::default()));
    server.start("127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0].socket_address().expect("TCP");
    let waiting = Arc::clone(&server);
    let wait = thread::spawn(move || waiting.wait());
    let mut client = Client::open(address);
    client.ask_to_connect(Object::new(), &[Value::Null]);
    assert!(!wait.is_finished());
    server.shutdown();
    wait.join().expect("it does not panic");
    // And at once when it has happened already.
    server.wait();
    client.until_closed();
}
