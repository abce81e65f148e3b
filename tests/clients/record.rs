//! `live --record`: ffmpeg publishes, and players play and seek the recording.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::live_example::{Live, publish, publish_fast};
use super::need::{Need, trial};
use super::support::flv::{self, Kind, Tag};
use super::support::process::{Finished, Process};

const NEEDS: &[Need] = &[Need::Program("ffmpeg"), Need::Program("ffprobe"), Need::Program("mpv")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("record::plays_and_seeks", NEEDS, plays_and_seeks),
        trial("record::a_killed_server_leaves_what_plays", NEEDS, a_killed_server),
        trial("record::a_full_disk_stops_the_recording_alone", NEEDS, a_full_disk),
    ]
}

/// The payloads of the frames of one kind.
fn payloads(tags: &[Tag], kind: Kind) -> Vec<&[u8]> {
    flv::frames(tags, kind).map(|tag| &*tag.payload).collect()
}

fn run(program: &str, args: &[&str], path: &Path, rest: &[&str]) -> Finished {
    let mut command = Command::new(program);
    Process::spawn(command.args(args).arg(path).args(rest)).wait(SLACK)
}

/// Lets ffmpeg decode the whole file. It must find nothing wrong.
fn expect_plays(path: &Path) {
    let args = ["-nostdin", "-hide_banner", "-loglevel", "error", "-i"];
    let played = run("ffmpeg", &args, path, &["-f", "null", "-"]);
    played.expect_success();
    assert_eq!(played.stderr, "", "error lines of {played}");
}

/// Ten minutes, published as fast as they can be: the demo, over and over.
fn plays_and_seeks() {
    const ROUNDS: usize = 38;
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let live = Live::start(&["--grace", "0", "--record", &folder.path().to_string_lossy()]);
    let mut publish = Command::new("ffmpeg");
    publish.args(["-nostdin", "-hide_banner", "-loglevel", "error"]);
    publish.args(["-stream_loop", &(ROUNDS - 1).to_string(), "-i"]).arg(film::demo_path());
    publish.args(["-c", "copy", "-f", "flv", &live.url]);
    Process::spawn(&mut publish).wait(SLACK * 2).expect_success();
    live.wait_for_log(0, "recorded ");
    let path = folder.path().join("live+key.flv");

    let recorded = flv::read(&path);
    for kind in [Kind::Video, Kind::Audio] {
        let round = payloads(&film::DEMO, kind);
        let recorded = payloads(&recorded, kind);
        assert_eq!(recorded.len(), ROUNDS * round.len(), "the number of {kind:?}");
        assert!(recorded.chunks(round.len()).all(|part| part == round), "{kind:?} differs");
    }

    let args = ["-v", "error", "-select_streams", "v", "-read_intervals", "500%+#1"];
    let entries = ["-show_entries", "packet=pts_time,flags:format=duration", "-of", "csv=p=0"];
    let probed = run("ffprobe", &[&args[..], &entries].concat(), &path, &[]);
    let (packet, duration) = probed.stdout.trim().split_once('\n').expect("two lines");
    let (time, flags) = packet.split_once(',').expect("time and flags");
    let time: f64 = time.parse().expect("a time");
    assert!((490.0..=500.1).contains(&time) && flags.contains('K'), "{probed}");
    let duration: f64 = duration.parse().expect("a duration");
    let published = film::duration().as_secs_f64() * ROUNDS as f64;
    assert!((duration - published).abs() < 0.1 * ROUNDS as f64, "{published} s: {probed}");

    let args = ["--no-config", "--vo=null", "--ao=null", "--start=500", "--length=0.5"];
    let sought = run("mpv", &args, &path, &["--term-status-msg=at ${=time-pos} "]);
    sought.expect_success();
    let output = format!("{}{}", sought.stdout, sought.stderr);
    let times: Vec<f64> =
        output.split("at ").filter_map(|text| text.split_once(' ')?.0.parse().ok()).collect();
    assert!(times.iter().any(|time| (499.9..501.0).contains(time)), "{times:?} of {sought}");
}

fn a_killed_server() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let mut live = Live::start(&["--record", &folder.path().to_string_lossy()]);
    let _publisher = Process::spawn(&mut publish(&film::demo_path(), &live.url, "0"));
    let path = folder.path().join("live+key.flv.part");
    let deadline = Instant::now() + SLACK;
    while fs::metadata(&path).map_or(0, |file| file.len()) < 200_000 {
        assert!(Instant::now() < deadline, "nothing is recorded by {}", live.process);
        std::thread::sleep(Duration::from_millis(10));
    }
    live.process.kill();

    let recorded = flv::read(&path);
    for kind in [Kind::Video, Kind::Audio] {
        let (recorded, whole) = (payloads(&recorded, kind), payloads(&film::DEMO, kind));
        assert!(recorded.len() > 10, "{} of {kind:?}", recorded.len());
        assert!(whole.starts_with(&recorded), "{kind:?} differs");
    }
    expect_plays(&path);
}

/// A folder that has no room for the film.
struct FullFolder {
    path: PathBuf,
    is_mounted: bool,
    _folder: tempfile::TempDir,
}

impl FullFolder {
    /// A small file system in memory, which only root can mount.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().to_owned();
        let args = ["-t", "tmpfs", "-o", "size=256k", "tmpfs"];
        let mounted = Command::new("mount").args(args).arg(&path).output();
        let is_mounted = mounted.is_ok_and(|mounted| mounted.status.success());
        Self { path, is_mounted, _folder: folder }
    }

    fn start(&self) -> Live {
        let args = ["--grace", "0", "--record", &self.path.to_string_lossy()];
        if self.is_mounted {
            return Live::start(&args);
        }
        // Without a file system of its own: a limit of the length of files, in blocks of 512 bytes.
        Live::start_by_shell("trap '' XFSZ; ulimit -f 512; exec \"$@\"", &args)
    }
}

impl Drop for FullFolder {
    fn drop(&mut self) {
        if self.is_mounted {
            let _ = Command::new("umount").arg(&self.path).status();
        }
    }
}

fn a_full_disk() {
    let full = FullFolder::new();
    let live = full.start();
    let other = tempfile::tempdir().expect("a folder for temporary files");
    let copy = other.path().join("copy.flv");
    let viewer = live.watch(&copy);
    Process::spawn(&mut publish_fast(&film::demo_path(), &live.url)).wait(SLACK).expect_success();
    live.wait_for_log(0, "has stopped");
    viewer.wait(SLACK).expect_success();
    let watched = flv::read(&copy);
    let recorded = flv::read(&full.path.join("live+key.flv"));
    for kind in [Kind::Video, Kind::Audio] {
        let whole = payloads(&film::DEMO, kind);
        assert!(payloads(&watched, kind) == whole, "the viewer's {kind:?} differs");
        let recorded = payloads(&recorded, kind);
        assert!(recorded.len() > 10 && recorded.len() < whole.len(), "{}", recorded.len());
        assert!(whole.starts_with(&recorded), "the recorded {kind:?} differs");
    }
    expect_plays(&full.path.join("live+key.flv"));
    drop(live);
}
