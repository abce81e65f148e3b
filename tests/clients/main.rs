//! Real players against the example server, each with its outcome checked.
//!
//! The built-in harness cannot leave out a test at run time and say why, so this one is our own. If
//! a player is not installed, the line of the test names it. `tests/run.sh` installs all players,
//! and sets `RENDERCAST_REQUIRE_CLIENTS`, so that a missing one is a failure. `tests/srs.sh` does
//! the same for SRS.

mod cli;
mod examples;
mod external_encoder;
mod ffmpeg;
mod ffplay;
mod ffplay_keys;
mod film;
mod gstreamer;
#[cfg(feature = "h264")]
mod h264;
#[cfg(feature = "h264")]
mod h264_planes;
mod haproxy;
mod live;
mod live_example;
mod live_only;
#[cfg(target_os = "linux")]
mod low_limits;
#[cfg(feature = "mp4")]
mod mp4;
mod mpv;
mod mpv_seek;
mod names;
mod need;
mod nginx;
mod nginx_live;
#[cfg(all(feature = "screen-video", feature = "web"))]
mod pictures;
#[cfg(feature = "web")]
mod promtool;
mod publish;
mod publishers;
mod record;
mod refused;
mod relay;
#[cfg(feature = "screen-video")]
mod render_loop;
#[cfg(feature = "screen-video")]
mod render_scene;
#[cfg(feature = "screen-video")]
mod render_sound;
mod rtmpdump;
#[cfg(feature = "screen-video")]
mod screen_video;
#[cfg(feature = "screen-video")]
mod screen_video_live;
mod srs;
#[path = "../support/mod.rs"]
mod support;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
#[path = "../support/trusted.rs"]
mod trusted;
#[cfg(feature = "tunnel")]
mod tunnel;
mod vlc;
#[cfg(feature = "web")]
mod web;
#[cfg(feature = "web")]
#[path = "../support/web.rs"]
mod web_client;
#[cfg(all(feature = "web", feature = "tls"))]
mod web_proxies;

use std::process::ExitCode;

use libtest_mimic::Arguments;

/// Players mostly wait for the next frame, so more of them than there are cores run at once.
const AT_ONCE: usize = 8;

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    args.test_threads.get_or_insert(AT_ONCE);
    let trials = [
        // They take longest. At the end there would be nothing to run beside them.
        screen_trials(),
        ffmpeg::trials(),
        ffplay::trials(),
        ffplay_keys::trials(),
        #[cfg(feature = "mp4")]
        mp4::trials(),
        mpv::trials(),
        mpv_seek::trials(),
        #[cfg(feature = "tunnel")]
        tunnel::trials(),
        vlc::trials(),
        gstreamer::trials(),
        rtmpdump::trials(),
        live_only::trials(),
        refused::trials(),
        names::trials(),
        haproxy::trials(),
        #[cfg(all(feature = "screen-video", feature = "web"))]
        pictures::trials(),
        external_encoder::trials(),
        live::trials(),
        publishers::trials(),
        record::trials(),
        #[cfg(target_os = "linux")]
        low_limits::trials(),
        nginx::trials(),
        publish::trials(),
        relay::trials(),
        srs::trials(),
        #[cfg(feature = "web")]
        web::trials(),
        #[cfg(all(feature = "web", feature = "tls"))]
        web_proxies::trials(),
        #[cfg(feature = "web")]
        promtool::trials(),
        cli::trials(),
        examples::trials(),
        #[cfg(feature = "tls")]
        tls::trials(),
        #[cfg(feature = "h264")]
        h264::trials(),
        #[cfg(feature = "h264")]
        h264_planes::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&args, trials).exit_code()
}

#[cfg(feature = "screen-video")]
fn screen_trials() -> Vec<libtest_mimic::Trial> {
    let trials = [
        render_sound::trials(),
        screen_video::trials(),
        screen_video_live::trials(),
        render_loop::trials(),
        render_scene::trials(),
    ];
    trials.into_iter().flatten().collect()
}

#[cfg(not(feature = "screen-video"))]
fn screen_trials() -> Vec<libtest_mimic::Trial> {
    Vec::new()
}
