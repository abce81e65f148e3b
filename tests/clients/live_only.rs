//! Players that want a live stream alone, on a film that repeats for everybody.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::film::SLACK;
use super::need::{Need, trial};
use super::rtmpdump::rtmpdump;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

/// How many bytes a player must receive: some seconds of the film.
const BYTES: u64 = 100_000;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("live_only::rtmpdump_plays", &[Need::Program("rtmpdump")], || {
            plays(|url, copy| {
                let mut command = rtmpdump(url, copy);
                command.arg("--live");
                command
            });
        }),
        trial("live_only::ffmpeg_plays", &[Need::Program("ffmpeg")], || {
            plays(|url, copy| {
                let mut command = Command::new("ffmpeg");
                command.args(["-nostdin", "-loglevel", "error", "-rtmp_live", "live", "-i", url]);
                command.args(["-c", "copy", "-flush_packets", "1"]).arg(copy);
                command
            });
        }),
        trial(
            "live_only::rtmpsrc_plays",
            &[Need::Program("gst-launch-1.0"), Need::GstElement("rtmpsrc")],
            || {
                plays(|url, copy| {
                    let mut command = Command::new("gst-launch-1.0");
                    command.args(["-q", "rtmpsrc", &format!("location={url} live=1"), "!"]);
                    command.args(["filesink", "buffer-mode=unbuffered"]);
                    command.arg(format!("location={}", copy.display()));
                    command
                });
            },
        ),
    ]
}

/// Runs a player that writes what it receives to a file, until that is enough.
fn plays(player: impl Fn(&str, &Path) -> Command) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let server = ServeFlv::start::<&str>(&[]);
    let mut player = Process::spawn(&mut player(server.url(), &copy));
    let deadline = Instant::now() + SLACK;
    while fs::metadata(&copy).map_or(0, |copy| copy.len()) < BYTES {
        assert!(player.is_running(), "ended early: {player}");
        assert!(Instant::now() < deadline, "not enough in time: {player}");
        std::thread::sleep(Duration::from_millis(100));
    }
    player.kill();
}
