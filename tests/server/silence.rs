//! Silent players: those that have paused stay connected, and others are closed.

use std::thread;
use std::time::Duration;

use rendercast::config::SessionConfig;
use rendercast::{FrameOut, HandlerResult, PlayOut, ServerConfig, Stream};

use crate::support::{Client, Host, key_frame, on_streams};

/// A client must get to its pause in this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends a frame, and ends if the stream's name says so.
fn frame(stream: &Stream, out: &mut FrameOut, _: bool) -> HandlerResult {
    out.video(key_frame(0, 0));
    if stream.stream_name() == "ends" {
        out.end();
    }
    Ok(true)
}

fn host() -> Host {
    let config = ServerConfig::default().session(
        SessionConfig::default()
            .ping_interval(Duration::from_millis(100))
            .idle_timeout(IDLE_TIMEOUT),
    );
    Host::start_with(
        config,
        on_streams(|stream| {
            stream.register_frame_event_handler(frame);
            stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| {
                out.set_recorded(stream.stream_name() != "live");
                Ok(true)
            });
        }),
    )
}

/// Sends nothing for longer than the timeout, and does not answer pings.
fn stay_silent(client: &mut Client) {
    client.listen(IDLE_TIMEOUT * 3 / 2);
}

#[test]
fn a_paused_player_is_not_given_up() {
    let host = host();
    thread::scope(|scope| {
        for name in ["live", "film"] {
            let mut client = host.client();
            scope.spawn(move || {
                let stream = client.play_new(name);
                client.pause(stream, true);
                client.wait_for_code("NetStream.Pause.Notify");
                stay_silent(&mut client);
                client.pause(stream, false);
                client.wait_for_code("NetStream.Unpause.Notify");
            });
        }
    });
}

#[test]
fn a_player_of_a_recording_is_not_given_up_while_it_rests_or_after_the_end() {
    let host = host();
    thread::scope(|scope| {
        for name in ["film", "ends"] {
            let mut client = host.client();
            scope.spawn(move || {
                client.play_new(name);
                stay_silent(&mut client);
                client.sync();
            });
        }
    });
}

#[test]
fn a_silent_viewer_of_a_live_stream_is_given_up() {
    let host = host();
    let mut client = host.client();
    client.play_new("live");
    client.until_closed();
}
