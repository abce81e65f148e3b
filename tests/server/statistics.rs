//! Figures of the server, of connections and of streams.

use rendercast::amf::{Object, Value};
use rendercast::{Connection, FrameOut, HandlerResult, Statistics, Stream};

use crate::support::{Client, Host, Told, key_frame};

const FRAME_BYTES: usize = 1000;

/// Starts a server with a procedure "statistics" that returns the connection's. It notes the
/// statistics of each stream at its tenth frame.
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
            let mut frames = 0;
            stream.register_frame_event_handler(
                move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                    frames += 1;
                    out.video(key_frame(frames, FRAME_BYTES - 9));
                    if frames == 10 {
                        told.note(stream.statistics().to_string());
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
    let first = client.call("statistics", &[]).expect("the procedure is there");
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
    assert!(number(&first, "bytes_out") > 19.0 * FRAME_BYTES as f64 + 3073.0);
    assert!(number(&first, "bytes_in") > 3073.0, "the handshake at least");
    assert!(number(&first, "messages_out") >= 19.0);
    // These are connect, createStream and play. This call is not counted yet.
    assert!(number(&first, "messages_in") >= 3.0);
    for name in ["dropped_frames", "outqueue_depth", "calls_in_flight", "bytes_acknowledged"] {
        assert_eq!(number(&first, name), 0.0, "{name}");
    }
    assert_eq!(first.get("is_congested"), Some(&false.into()));
    let second = client.call("statistics", &[]).expect("the procedure is there");
    for name in
        ["uptime_seconds", "bytes_out", "bytes_in", "messages_out", "messages_in", "calls_in"]
    {
        assert!(number(&second, name) > number(&first, name), "{name} did not grow");
    }
}

#[test]
fn a_stream_tells_what_it_plays_and_what_it_sent() {
    let told = Told::default();
    let host = host(&told);
    let mut client = connect(&host);
    client.play_new("scene");
    for _ in 0..11 {
        client.next_media();
    }
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
    assert_eq!(figure("messages_sent"), "9", "the tenth is being made");
    assert_eq!(figure("dropped_frames"), "0");
    assert_eq!(figure("outqueue_depth"), "0");
    assert_eq!(figure("outqueue_bytes"), "0");
    assert!(figure("bytes_sent").parse::<usize>().expect("a number") > 9 * FRAME_BYTES);
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
    let open = Value::from(host.server.statistics());
    assert_eq!((number(&open, "connections"), number(&open, "connections_in_all")), (2.0, 2.0));
    assert!(number(&open, "bytes_out") > 2.0 * FRAME_BYTES as f64);
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
    let figures = host.server.figures();
    assert_eq!((figures.connections, figures.connections_in_all), (1, 1));
    assert!(figures.bytes_in > 3_000, "{figures:?}");
    assert!(figures.bytes_out > FRAME_BYTES as u64, "{figures:?}");
    let by_name = Statistics::from(figures);
    assert_eq!(by_name.get("bytes_out"), Some(&(figures.bytes_out as f64).into()));
    assert_eq!(names(&by_name), names(&host.server.statistics()));
}
