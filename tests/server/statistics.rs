//! Figures of the server, of connections and of streams.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::media::flv;
use rendercast::protocol::chunk::MessageType;
use rendercast::vod::{FileHandler, Library};
use rendercast::{
    Connection, ConnectionHandle, FrameOut, HandlerResult, Statistics, Stream, StreamFigures,
    StreamHandle,
};

use crate::support::{Client, Host, PATIENCE, Told, inter_frame, key_frame, wait_until};

const FRAME_BYTES: usize = 1000;

/// What a connection has sent up to the end of its handshake.
const HANDSHAKE_BYTES: usize = 3073;

/// Starts a server with a procedure "statistics" that returns the connection's. It notes the
/// statistics of each stream at its tenth frame, or later if a busy machine is behind with sending.
fn host(told: &Told) -> Host {
    let told = told.clone();
    Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        connection.register_remote_call_handler(
            "statistics",
            |connection: &Connection, _: &str, _: &Value, _: &[Value]| {
                Ok(connection.statistics().into())
            },
        );
        let told = told.clone();
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            let told = told.clone();
            let (mut frames, mut is_noted) = (0, false);
            stream.register_frame_event_handler(
                move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                    frames += 1;
                    out.video(key_frame(frames, FRAME_BYTES - 9));
                    let statistics = stream.statistics();
                    let has_sent = |count: u32| {
                        statistics.get("messages_sent") == Some(&f64::from(count).into())
                    };
                    if !is_noted && frames >= 10 && has_sent(frames - 1) {
                        is_noted = true;
                        told.note(statistics.to_string());
                    }
                    Ok(true)
                },
            );
            Ok(true)
        });
        Ok(true)
    })
}

fn connect(host: &Host) -> Client {
    let mut client = Client::open(host.address);
    let properties = Object::new()
        .with("app", "live")
        .with("tcUrl", "rtmp://test/live")
        .with("flashVer", "LNX 9,0,124,2");
    client.connect_with(properties, &[]).expect("the connection is claimed");
    client
}

fn number(statistics: &Value, name: &str) -> f64 {
    let figure = statistics.get(name).and_then(Value::as_number);
    figure.unwrap_or_else(|| panic!("no figure {name} in {statistics:?}"))
}

fn names(statistics: &Statistics) -> Vec<&str> {
    statistics.iter().map(|(name, _)| name).collect()
}

#[test]
fn a_connection_tells_who_the_client_is_and_what_went_in_and_out() {
    let told = Told::default();
    let host = host(&told);
    let mut client = connect(&host);
    client.play_new("scene");
    for _ in 0..20 {
        client.next_media();
    }
    let mut statistics = || client.call("statistics", &[]).expect("the procedure is there");
    let mut first = statistics();
    // A frame may be about to be sent.
    wait_until("nothing waits to be sent", || {
        first = statistics();
        number(&first, "outqueue_depth") == 0.0
    });
    for (name, text) in [
        ("app", "live"),
        ("tc_url", "rtmp://test/live"),
        ("flash_version", "LNX 9,0,124,2"),
        ("transport", "rtmp"),
    ] {
        assert_eq!(first.get(name), Some(&text.into()), "{name}");
    }
    let peer = first.get("peer_address").and_then(Value::as_str).unwrap_or_default();
    assert!(peer.starts_with("127.0.0.1:"), "{peer}");
    assert!(number(&first, "uptime_seconds") > 0.5, "20 frames at 25 per second");
    // Bytes may arrive before they are counted.
    assert!(number(&first, "bytes_out") > (19 * FRAME_BYTES + HANDSHAKE_BYTES) as f64);
    assert!(number(&first, "bytes_in") > HANDSHAKE_BYTES as f64, "the handshake at least");
    assert!(number(&first, "messages_out") >= 19.0);
    // These are connect, createStream and play. This call is not counted yet.
    assert!(number(&first, "messages_in") >= 3.0);
    for name in ["dropped_frames", "calls_in_flight", "bytes_acknowledged"] {
        assert_eq!(number(&first, name), 0.0, "{name}");
    }
    assert_eq!(first.get("is_congested"), Some(&false.into()));
    for name in
        ["uptime_seconds", "bytes_out", "bytes_in", "messages_out", "messages_in", "calls_in"]
    {
        wait_until(name, || number(&statistics(), name) > number(&first, name));
    }
}

#[test]
fn a_stream_tells_what_it_plays_and_what_it_sent() {
    let told = Told::default();
    let host = host(&told);
    let mut client = connect(&host);
    client.play_new("scene");
    client.next_media();
    wait_until("it is told", || !told.all().is_empty());
    let text = told.all().join("");
    let figures: Vec<(&str, &str)> =
        text.lines().map(|line| line.split_once(' ').expect("two columns")).collect();
    let figure = |wanted: &str| {
        let found = figures.iter().find(|(name, _)| *name == wanted);
        found.unwrap_or_else(|| panic!("no figure {wanted} in {text}")).1.trim()
    };
    assert_eq!(figure("stream_name").trim_matches('"'), "scene");
    assert_eq!(figure("render_rate"), "25");
    assert_eq!(figure("is_playing"), "true");
    assert_eq!(figure("dropped_frames"), "0");
    assert_eq!(figure("outqueue_depth"), "0");
    assert_eq!(figure("outqueue_bytes"), "0");
    let sent: usize = figure("messages_sent").parse().expect("a number");
    assert!(sent >= 9, "the tenth, or a later one, is being made: {sent}");
    assert!(figure("bytes_sent").parse::<usize>().expect("a number") > sent * FRAME_BYTES);
    assert!(figure("clock_seconds").parse::<f64>().expect("a number") > 0.2);
}

#[test]
fn a_server_tells_the_sums_of_its_connections_also_of_those_that_are_gone() {
    let told = Told::default();
    let host = host(&told);
    let empty = host.server.statistics();
    let expected = [
        "uptime_seconds",
        "connections",
        "connections_in_all",
        "connections_refused",
        "connections_evicted",
        "buffered_bytes",
        "pictures_encoded",
        "tunnels",
        "bytes_in",
        "bytes_out",
        "dropped_frames",
    ];
    assert_eq!(names(&empty), expected);
    for name in &expected[1..] {
        assert_eq!(empty.get(name), Some(&0.into()), "{name}");
    }
    let mut clients = [connect(&host), connect(&host)];
    for client in &mut clients {
        client.play_new("scene");
        client.next_media();
        client.sync();
    }
    let both = 2 * (HANDSHAKE_BYTES + FRAME_BYTES) as u64;
    wait_until("their frames are counted", || host.server.figures().bytes_out > both);
    let open = Value::from(host.server.statistics());
    assert_eq!((number(&open, "connections"), number(&open, "connections_in_all")), (2.0, 2.0));
    drop(clients);
    host.server.shutdown();
    let closed = Value::from(host.server.statistics());
    assert_eq!((number(&closed, "connections"), number(&closed, "connections_in_all")), (0.0, 2.0));
    for name in ["bytes_in", "bytes_out"] {
        assert!(number(&closed, name) >= number(&open, name), "{name} is forgotten");
    }
}

#[test]
fn a_connection_that_closes_is_counted_once_at_every_moment() {
    let told = Told::default();
    let host = host(&told);
    let figure = |name: &str| {
        let statistics = host.server.statistics();
        statistics.iter().find(|(key, _)| *key == name).and_then(|(_, value)| value.as_number())
    };
    for _ in 0..20 {
        let clients: Vec<Client> = (0..10).map(|_| connect(&host)).collect();
        drop(clients);
        let mut last = 0.0;
        while figure("connections") > Some(0.0) {
            let now = figure("bytes_out").expect("a figure");
            assert!(now >= last, "{last}, then {now}");
            last = now;
        }
    }
}

#[test]
fn the_figures_of_the_server_are_numbers_too() {
    let host = host(&Told::default());
    let mut client = connect(&host);
    client.play_new("scene");
    client.next_media();
    let sent = (HANDSHAKE_BYTES + FRAME_BYTES) as u64;
    wait_until("the frame is counted", || host.server.figures().bytes_out > sent);
    let figures = host.server.figures();
    assert_eq!((figures.connections, figures.connections_in_all), (1, 1));
    assert!(figures.bytes_in > HANDSHAKE_BYTES as u64, "{figures:?}");
    let by_name = Statistics::from(figures);
    assert_eq!(by_name.get("bytes_out"), Some(&(figures.bytes_out as f64).into()));
    assert_eq!(names(&by_name), names(&host.server.statistics()));
}

/// A sequence header of x264, for pictures of 1918x1078.
const HEADER: [u8; 46] = [
    0x17, 0, 0, 0, 0, 0x01, 0x42, 0xc0, 0x28, 0xff, 0xe1, 0, 0x1a, 0x67, 0x42, 0xc0, 0x28, 0xda,
    0x01, 0xe0, 0x08, 0x9e, 0xa6, 0xc0, 0x44, 0, 0, 0x03, 0, 0x04, 0, 0, 0x03, 0, 0xc8, 0x3c, 0x60,
    0xca, 0x80, 0x01, 0, 0x04, 0x68, 0xce, 0x0f, 0xc8,
];

#[test]
fn streams_tell_what_they_carry_and_what_was_repaired() {
    let host = Host::start(LiveHandler::new(LiveConfig::default()));
    let mut publisher = host.client();
    let stream = publisher.publish_new("camera?token=x");
    let mut viewer = host.client();
    viewer.play_new("camera");
    publisher.send_media(stream, MessageType::VIDEO, 1000, HEADER.to_vec());
    publisher.send_media(stream, MessageType::VIDEO, 1000, key_frame(1, 10));
    // It goes back.
    publisher.send_media(stream, MessageType::VIDEO, 900, inter_frame(2, 10));
    publisher.send_media(stream, MessageType::AUDIO, 1000, vec![0xaf, 0, 0x12, 0x10]);

    let deadline = Instant::now() + PATIENCE;
    loop {
        let streams = host.server.connections().into_iter().flat_map(|it| it.streams());
        let figures: Vec<_> = streams.filter_map(|stream| stream.figures()).collect();
        let is_told = |figures: &StreamFigures| {
            figures.media.to_string() == "H.264 and AAC, 1918x1078"
                && figures.media.audio.and_then(|audio| audio.channels) == Some(2)
                && figures.repaired_timestamps == 1
        };
        let publishes = figures.iter().filter(|figures| figures.is_publishing).count();
        if figures.len() == 2 && publishes == 1 && figures.iter().all(is_told) {
            break;
        }
        assert!(Instant::now() < deadline, "{figures:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    let connections = host.server.connections();
    let streams: Vec<_> = connections.iter().flat_map(ConnectionHandle::streams).collect();
    for stream in &streams {
        let statistics = stream.statistics().expect("it is there");
        for (name, value) in [("video_codec", Value::from("H.264")), ("width", 1918.into())] {
            assert_eq!(statistics.get(name), Some(&value), "{name}");
        }
    }
    let fed = streams.iter().find_map(StreamHandle::publishes_to).expect("one feeds it");
    assert_eq!(fed.name(), Some("live/camera"));
}

#[test]
fn a_stream_tells_how_much_of_a_damaged_film_is_skipped() {
    let asset = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/h264_aac.flv");
    let mut bytes = fs::read(asset).expect("the file is there");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3000].fill(0);
    let film = flv::File::from_bytes(bytes.into()).expect("the rest plays");
    let skipped = film.skipped().bytes;
    assert!(skipped > 0);
    let library = Library::memory([("film".to_owned(), Arc::new(film).into())]);
    let host = Host::start(FileHandler::new(library));
    let mut viewer = host.client();
    viewer.play_new("film");

    let deadline = Instant::now() + PATIENCE;
    loop {
        let streams = host.server.connections().into_iter().flat_map(|it| it.streams());
        let told: Vec<_> = streams.filter_map(|stream| stream.statistics()).collect();
        if let [told] = &told[..]
            && told.get("skipped_bytes") == Some(&(skipped as f64).into())
        {
            break;
        }
        assert!(Instant::now() < deadline, "{told:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
