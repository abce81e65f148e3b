//! The example that renders: ffmpeg decodes the pictures of each codec, and calls change them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rendercast::client::Player;
use serde_json::Value as Json;

use super::ffmpeg::pictures_of;
use super::film::SLACK;
use super::need::{Need, patient_trial, trial};
use super::support::example::executable;
use super::support::line::Line;
use super::support::process::{Finished, Process};
use super::support::tries::{ensure, one_of_several};

const NEEDS: &[Need] = &[Need::Program("ffmpeg")];

const WIDTH: usize = 320;
const HEIGHT: usize = 180;

/// The time to start, find the fault and report it.
const SAYS_SO: Duration = Duration::from_secs(60);

static RENDER_SCENE: LazyLock<PathBuf> = LazyLock::new(|| executable("render_scene"));
static CALL: LazyLock<PathBuf> = LazyLock::new(|| executable("call"));

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("render_scene::screen_video_follows_its_callers", NEEDS, || {
            follows_its_callers("screen video", &[]);
        }),
        trial("render_scene::screen_video_2_follows_its_callers", NEEDS, || {
            follows_its_callers("screen video 2", &[]);
        }),
        trial("render_scene::a_shared_scene_follows_its_callers", NEEDS, || {
            follows_its_callers("screen video", &["--shared"]);
        }),
        #[cfg(feature = "h264")]
        trial("render_scene::h264_follows_its_callers", NEEDS, || {
            follows_its_callers("h264", &[]);
        }),
        patient_trial("render_scene::its_balls_can_be_heard", NEEDS, its_balls_can_be_heard),
        trial(
            "render_scene::a_slow_line_gets_fewer_pictures",
            &[],
            a_slow_line_gets_fewer_pictures,
        ),
        trial("render_scene::wrong_usage_is_named", &[], wrong_usage_is_named),
        trial("render_scene::wrong_calls_are_answered", &[], wrong_calls_are_answered),
    ]
}

/// The running example, and its URL.
pub(crate) struct Scene {
    process: Process,
    pub(crate) url: String,
}

impl Scene {
    pub(crate) fn start(codec: &str, options: &[&str]) -> Self {
        let mut command = Command::new(&*RENDER_SCENE);
        command.args(["--listen", "127.0.0.1:0", "--size", &format!("{WIDTH}x{HEIGHT}")]);
        command.args(["--codec", codec]).args(options);
        let process = Process::spawn(&mut command);
        let url = process.wait_for_line(SAYS_SO, |line| {
            line.split_whitespace().find(|word| word.starts_with("rtmp://")).map(str::to_owned)
        });
        Self { process, url }
    }

    fn call(&self, arguments: &[&str]) -> Finished {
        Process::spawn(Command::new(&*CALL).arg(&self.url).args(arguments)).wait(SAYS_SO)
    }

    /// Returns what a call prints. Fails the test if the call fails.
    #[track_caller]
    fn called(&self, arguments: &[&str]) -> String {
        let ended = self.call(arguments);
        ended.expect_success();
        ended.stdout.trim_end().to_owned()
    }

    /// Returns the first pictures that a new viewer sees.
    fn watch(&self, count: usize) -> Vec<Vec<u8>> {
        watch(&self.url, count)
    }
}

/// Returns the first pictures that a new viewer sees of the scene at `url`.
pub(crate) fn watch(url: &str, count: usize) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("pictures.rgb");
    let mut ffmpeg = pictures_of(url);
    ffmpeg.args(["-frames:v", &count.to_string()]).arg(&path);
    let ended = Process::spawn(&mut ffmpeg).wait(SLACK + SLACK);
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");
    let bytes = fs::read(&path).expect("ffmpeg has written it");
    assert_eq!(bytes.len(), count * WIDTH * HEIGHT * 3, "bytes of {count} pictures");
    bytes.chunks_exact(WIDTH * HEIGHT * 3).map(<[u8]>::to_vec).collect()
}

/// Returns how many pixels have about that colour.
fn pixels_like(picture: &[u8], [red, green, blue]: [u8; 3]) -> usize {
    let is_near = |one: u8, other: u8| one.abs_diff(other) < 40;
    picture
        .chunks_exact(3)
        .filter(|pixel| {
            is_near(pixel[0], red) && is_near(pixel[1], green) && is_near(pixel[2], blue)
        })
        .count()
}

fn its_balls_can_be_heard() {
    let scene = Scene::start("screen video", &["--shared", "--sound", "pcm"]);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-nostats", "-i", &scene.url, "-t", "4", "-vn"]);
    ffmpeg.args(["-af", "volumedetect", "-f", "null", "-"]);
    let ended = Process::spawn(&mut ffmpeg).wait(SLACK + SLACK);
    ended.expect_success();
    let loudest = ended.stderr.lines().find_map(|line| line.split_once("max_volume: "));
    let decibels = loudest.and_then(|(_, text)| text.split_once(' ')?.0.parse::<f64>().ok());
    // The large ball touches the floor each 1.8 s, the small ones each 1.5 s.
    assert!(decibels.is_some_and(|decibels| decibels > -25.0), "{decibels:?} in {ended}");
}

fn follows_its_callers(codec: &str, options: &[&str]) {
    const MAGENTA: [u8; 3] = [230, 0, 230];
    let scene = Scene::start(codec, options);
    one_of_several(|| {
        let before = scene.watch(10);
        assert!(before.iter().all(|picture| pixels_like(picture, MAGENTA) < 50));
        ensure(before[0] != before[9], || "nothing moves".to_owned())
    });

    assert_eq!(scene.called(&["set_colour", "#ff00ff"]), "\"#ff00ff\"");
    assert_eq!(
        scene.called(&["move_camera", "0", "90"]).split(',').next_back(),
        Some("74.48451232910156]")
    );
    assert_eq!(scene.called(&["set_render_rate", "40"]), "40");
    let after = scene.watch(20);
    let magenta = pixels_like(&after[19], MAGENTA);
    assert!(magenta > 500, "{magenta} pixels of the colour that was set");

    let statistics = scene.called(&["statistics"]);
    for part in [&format!("\"codec\":\"{codec}\""), "\"render_rate\":40", "\"size\":\"320x180\""] {
        assert!(statistics.contains(part), "no {part} in {statistics}");
    }
    scene.process.interrupt();
    scene.process.wait(SAYS_SO).expect_success();
}

/// The rate of the line. Some 190 KB a second are rendered for it.
fn a_slow_line_gets_fewer_pictures() {
    one_of_several(watch_over_a_slow_line);
}

fn watch_over_a_slow_line() -> Result<(), String> {
    const BYTES_PER_SECOND: u64 = 60_000;
    const DURATION: Duration = Duration::from_secs(8);
    /// The bytes that the line and the sockets hold besides.
    const BUFFERS: u64 = 128 << 10;
    let scene = Scene::start("screen video", &["--rate", "50"]);
    let server = scene.url.split('/').nth(2).and_then(|authority| authority.parse().ok());
    let line = Line::to(server.expect("an address"));
    line.throttle(8 * BYTES_PER_SECOND);
    let player = Player::open(&format!("rtmp://{}/live/scene", line.address)).expect("it plays");
    let started = Instant::now();
    let mut delays = Vec::new();
    for tag in player {
        let tag = tag.expect("the connection stays open");
        let shown = Duration::from_millis(tag.timestamp.0.into());
        delays.push(started.elapsed().saturating_sub(shown));
        if started.elapsed() > DURATION {
            break;
        }
    }
    // This is the time for the server's socket (64 KiB) and the line's buffers at its speed. If
    // nothing were left out, it would be 5 s at the end.
    let late = delays[delays.len() / 2..].iter().max().expect("pictures came");
    let told = || format!("{late:?} late, of {} pictures", delays.len());
    ensure(*late < Duration::from_millis(2500) && delays.len() <= 240, told)?;
    let statistics = scene.called(&["statistics"]);
    let statistics: Json = serde_json::from_str(&statistics).expect("call prints JSON");
    // A busy machine may render less than the line and the buffers take.
    let encoded = statistics["encoded_bytes"].as_u64().expect("a count");
    let fills_the_line = encoded > BYTES_PER_SECOND * DURATION.as_secs() + BUFFERS;
    ensure(!fills_the_line || statistics["skipped_frames"] != 0, || {
        format!("nothing was left out: {statistics}")
    })
}

fn wrong_usage_is_named() {
    for (arguments, wrong) in [
        (["--codec", "sorenson"], "sorenson"),
        (["--size", "640"], "640x360"),
        (["--rate", "0"], "--rate"),
        (["--listen", "nonsense"], "nonsense"),
    ] {
        let ended = Process::spawn(Command::new(&*RENDER_SCENE).args(arguments)).wait(SAYS_SO);
        assert!(matches!(ended.status.code(), Some(1 | 2)), "{}: {ended}", ended.status);
        assert_eq!(ended.stderr.lines().count(), 1, "not one line: {ended}");
        assert!(ended.stderr.contains(wrong), "{wrong} is not named: {ended}");
    }
}

fn wrong_calls_are_answered() {
    let scene = Scene::start("screen video", &[]);
    for (arguments, answer) in [
        (&["move_camera", "1"][..], "move_camera(dx, dy) takes two numbers"),
        (&["move_camera", "left", "right"], "move_camera(dx, dy) takes two numbers"),
        (&["move_camera", "1e308", "0"], "move_camera(dx, dy) takes two numbers"),
        (&["set_colour", "#12345"], "set_colour takes"),
        (&["set_colour", "1", "2", "256"], "set_colour takes"),
        (&["set_render_rate", "0"], "a number from 1 to 120"),
        (&["no_such_procedure"], "There is no procedure \"no_such_procedure\""),
    ] {
        let ended = scene.call(arguments);
        ended.expect_code(1);
        assert!(ended.stderr.contains(answer), "no {answer:?}: {ended}");
    }
    assert_eq!(scene.called(&["set_colour", "1", "2", "255"]), "\"#0102ff\"");
}
