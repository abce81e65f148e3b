//! A live picture on a line that is too slow for it: fewer frames, not older ones.

use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::{Connection, FrameOut, HandlerResult, ServerConfig, Stream};

use crate::support::{Client, Delays, Host, Received, ensure, key_frame, one_of_several};

/// The bytes of a frame: one megabyte a second, of which the client reads a fifth.
const FRAME_RATE: u32 = 50;
const FRAME_BYTES: usize = 20_000;
const CLIENT_BYTES_PER_SECOND: usize = 200_000;

const DURATION: Duration = Duration::from_secs(4);

#[test]
fn a_slow_client_of_a_live_stream_gets_fewer_frames_and_no_older_ones() {
    one_of_several(|| {
        let (outcome, machine) = Delays::during(watch_slowly);
        let (worst, frames) = outcome;
        // The time that the client needs for what the two sockets and the outqueue hold.
        let limit = Duration::from_millis(1200) + machine.longest();
        ensure(worst < limit, || format!("{worst:?} in {frames} frames"))?;
        // A frame at each tick would be 200. The line carries 10 a second.
        ensure((20..=100).contains(&frames), || format!("{frames} frames"))
    });
}

/// Returns the age of the oldest of the later frames, and the number of all.
fn watch_slowly() -> (Duration, usize) {
    let config = ServerConfig::default().queues(Queues::default().outqueue_length(1));
    let host = Host::start_alone(config, considerate);
    let mut client = Client::open_narrow(host.address);
    client.connect("live", &[]).expect("the connection is claimed");
    client.play_new("scene");
    let delays = throttled_delays(&mut client);
    let late = &delays[delays.len() / 2..];
    (*late.iter().max().expect("frames came"), delays.len())
}

/// Puts a large frame at each tick if there is room.
fn considerate(connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
    connection.register_stream_event_handler(|stream: &Stream, _: &Value| -> HandlerResult {
        stream.set_property("render_rate", FRAME_RATE)?;
        stream.register_frame_event_handler(
            |_: &Stream, out: &mut FrameOut, outqueue_is_full: bool| -> HandlerResult {
                if !outqueue_is_full {
                    out.video(key_frame(0, FRAME_BYTES));
                }
                Ok(true)
            },
        );
        Ok(true)
    });
    Ok(true)
}

/// Returns the age of each frame when a slow client received it, by the stream's clock and ours.
fn throttled_delays(client: &mut Client) -> Vec<Duration> {
    let started = Instant::now();
    let mut delays = Vec::new();
    let mut bytes = 0;
    while started.elapsed() < DURATION {
        let received = client.next().expect("the connection stays open");
        let Received::Media(media) = received else { continue };
        let shown = Duration::from_millis(media.tag.timestamp.0.into());
        delays.push(started.elapsed().saturating_sub(shown));
        bytes += media.payload().len();
        let due = Duration::from_secs_f64(bytes as f64 / CLIENT_BYTES_PER_SECOND as f64);
        std::thread::sleep(due.saturating_sub(started.elapsed()));
    }
    delays
}
