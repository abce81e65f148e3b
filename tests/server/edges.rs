//! Settings at their edges: a server with any of them serves, or says why not.

use std::time::Duration;

use rendercast::config::{ConnectionLimits, Queues, SessionConfig};
use rendercast::{FrameOut, HandlerResult, ServerConfig, Stream, Tag};

use crate::support::{
    Client, Host, Received, Told, frame_number, inter_frame, key_frame, on_streams, patient,
    wait_until,
};
#[cfg(feature = "web")]
use {crate::web::Web, rendercast::media::flv};

const FRAMES: u32 = 30;

/// More than all buffers of a connection with a small socket buffer hold.
const FRAME_BYTES: usize = 60_000;

/// A server whose streams end in order after so many frames.
fn host(config: ServerConfig) -> Host {
    let handler = on_streams(|stream: &Stream| {
        stream.set_render_rate(1000.0).expect("a rate");
        let mut frame = 0;
        let frames = move |_: &Stream, out: &mut FrameOut, is_full: bool| -> HandlerResult {
            if !is_full {
                out.video(key_frame(frame, FRAME_BYTES));
                frame += 1;
            }
            if frame == FRAMES {
                out.end();
            }
            Ok(true)
        };
        stream.register_frame_event_handler(frames);
    });
    Host::start_with(config, handler)
}

fn queues(change: impl FnOnce(Queues) -> Queues) -> ServerConfig {
    ServerConfig::default().queues(change(Queues::default()))
}

fn connections(change: impl FnOnce(ConnectionLimits) -> ConnectionLimits) -> ServerConfig {
    patient().connections(change(ConnectionLimits::default()))
}

fn session(change: impl FnOnce(SessionConfig) -> SessionConfig) -> ServerConfig {
    ServerConfig::default().session(change(SessionConfig::default()))
}

#[test]
fn a_server_with_a_setting_at_its_edge_serves() {
    let settings: [(&str, ServerConfig); 22] = [
        ("outqueue_length 0", queues(|it| it.outqueue_length(0))),
        ("outqueue_length 2^20", queues(|it| it.outqueue_length(1 << 20))),
        ("outqueue_bytes 0", queues(|it| it.outqueue_bytes(0))),
        ("outqueue_bytes max", queues(|it| it.outqueue_bytes(usize::MAX))),
        ("live_unsent_bytes 0", queues(|it| it.live_unsent_bytes(0))),
        ("live_unsent_bytes 1", queues(|it| it.live_unsent_bytes(1))),
        ("live_unsent_bytes max", queues(|it| it.live_unsent_bytes(u32::MAX))),
        ("socket_bytes 0", queues(|it| it.socket_bytes(0))),
        ("socket_bytes 1", queues(|it| it.socket_bytes(1))),
        ("socket_bytes max", queues(|it| it.socket_bytes(usize::MAX))),
        ("reply_bytes 0", queues(|it| it.reply_bytes(0))),
        ("reply_bytes max", queues(|it| it.reply_bytes(usize::MAX))),
        ("calls_in_flight 0", queues(|it| it.calls_in_flight(0))),
        ("write_timeout max", queues(|it| it.write_timeout(Duration::MAX))),
        ("total max", connections(|it| it.total(usize::MAX).per_address(usize::MAX))),
        ("accept_rate 0", connections(|it| it.accept_rate(0))),
        ("accept_rate max", connections(|it| it.accept_rate(u32::MAX))),
        ("memory_bytes max", connections(|it| it.memory_bytes(usize::MAX))),
        ("timeouts max", session(longest)),
        ("ping_interval 0", session(|it| it.ping_interval(Duration::ZERO))),
        ("chunk_size 0", session(|it| it.chunk_size(0))),
        ("stack_bytes 0", ServerConfig::default().stack_bytes(0)),
    ];
    for (name, config) in settings {
        let host = host(config);
        for open in [Client::open, Client::open_narrow] {
            let mut client = open(host.address);
            client.connect("live", &[]).expect(name);
            let stream = client.play_new("scene");
            let mut frames = 0;
            client.until(|received| {
                frames += u32::from(received.is_media());
                (received == Received::StreamEof(stream)).then_some(())
            });
            assert_eq!(frames, FRAMES, "{name}");
            if name == "accept_rate 0" {
                // One a second: the other client would wait.
                break;
            }
        }
    }
}

fn longest(config: SessionConfig) -> SessionConfig {
    config
        .handshake_timeout(Duration::MAX)
        .connect_timeout(Duration::MAX)
        .ping_interval(Duration::MAX)
        .idle_timeout(Duration::MAX)
}

#[test]
fn the_shortest_write_timeout_is_one() {
    let host = host(queues(|it| it.write_timeout(Duration::ZERO)));
    let mut client = host.client();
    client.play_new("scene");
    client.next_media();
}

#[test]
fn no_connections_and_no_memory_mean_that_clients_are_closed() {
    let host = host(connections(|it| it.total(0)));
    let mut socket = std::net::TcpStream::connect(host.address).expect("it listens");
    assert_eq!(std::io::Read::read(&mut socket, &mut [0; 1]).unwrap_or(0), 0);
    assert_eq!(host.server.figures().connections_refused, 1);
    drop(host);

    let host = self::host(connections(|it| it.memory_bytes(0)));
    let mut socket = std::net::TcpStream::connect(host.address).expect("it listens");
    std::io::Write::write_all(&mut socket, &[3; 3073]).expect("it is accepted");
    // The answer to the handshake may still come.
    let _ = std::io::Read::read_to_end(&mut socket, &mut Vec::new());
    assert_eq!(host.server.figures().connections_evicted, 1);
    wait_until("nothing is buffered", || host.server.figures().buffered_bytes == 0);
}

/// A server whose streams put a picture that no message can carry, one that refers to it, and one
/// that can be decoded. Tells how many were dropped.
fn too_long(told: &Told) -> Host {
    let told = told.clone();
    let longest = vec![0x17; Tag::MAX_PAYLOAD_BYTES + 1];
    Host::start(on_streams(move |stream: &Stream| {
        let (told, mut longest) = (told.clone(), Some(longest.clone()));
        let mut frame = 0;
        let frames = move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            frame += 1;
            match frame {
                1 => out.video(longest.take().expect("the first frame")),
                2 => out.video(inter_frame(2, 100)),
                3 => out.video(key_frame(3, 100)),
                _ => {
                    told.note(format!("{} dropped", stream.figures().dropped_frames));
                    out.end();
                }
            }
            Ok(true)
        };
        stream.register_frame_event_handler(frames);
    }))
}

#[test]
fn a_frame_that_no_message_can_carry_is_left_out() {
    let told = Told::default();
    let host = too_long(&told);
    let mut client = host.client();
    let stream = client.play_new("scene");
    let mut frames = Vec::new();
    client.until(|received| {
        if let Received::Media(media) = &received {
            frames.push(frame_number(media.payload()));
        }
        (received == Received::StreamEof(stream)).then_some(())
    });
    told.wait_for("2 dropped");
    assert_eq!(frames, [3]);
}

#[cfg(feature = "web")]
#[test]
fn a_frame_that_no_message_can_carry_is_left_out_of_flv_too() {
    let host = too_long(&Told::default());
    let (mut web, _) = Web::request(host.address, "GET", "/live/scene.flv", "");
    let mut body = Vec::new();
    while let Some(chunk) = web.chunk() {
        body.extend(chunk);
    }
    let tags: Vec<Tag> =
        flv::Reader::new(std::io::Cursor::new(body)).unwrap().map(Result::unwrap).collect();
    let payloads: Vec<_> = tags.iter().map(|tag| tag.payload.clone()).collect();
    assert_eq!(payloads, [key_frame(3, 100)]);
}
