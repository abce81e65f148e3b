//! ffmpeg publishes to the live example, and ffmpeg watches.

use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::live_example::{Live, publish};
use super::need::{Need, trial};
use super::support::flv::{self, Kind};
use super::support::process::Process;

const NEEDS: &[Need] = &[Need::Program("ffmpeg")];
const PLAYERS: &[Need] = &[Need::Program("ffmpeg"), Need::Program("ffplay")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("live::a_viewer_gets_every_payload", NEEDS, a_viewer_gets_every_payload),
        trial("live::a_publisher_returns", PLAYERS, a_publisher_returns),
        trial("live::a_key_is_asked_for", NEEDS, a_key_is_asked_for),
        #[cfg(feature = "adobe-auth")]
        trial("live::a_name_and_a_password_are_asked_for", NEEDS, a_name_and_a_password),
    ]
}

fn a_viewer_gets_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (short, copy) = (folder.path().join("short.flv"), folder.path().join("copy.flv"));
    let film = film::write_short(&short, 4);
    let live = Live::start(&["--grace", "0"]);
    let viewer = live.watch(&copy);

    Process::spawn(&mut publish(&short, &live.url, "0")).wait(SLACK).expect_success();

    let ended = viewer.wait(SLACK);
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");
    let copied = flv::read(&copy);
    for kind in [Kind::Video, Kind::Audio] {
        let of = |tags| flv::frames(tags, kind).map(|tag| tag.payload.clone()).collect::<Vec<_>>();
        assert_eq!(of(&copied), of(&film), "{kind:?}");
    }
}

/// ffplay that plays to no screen, and prints a line for each picture.
fn ffplay(live: &Live) -> Process {
    let start = live.process.stderr_len();
    let mut ffplay = Command::new("ffplay");
    ffplay.args(["-hide_banner", "-nostats", "-loglevel", "level+info", "-autoexit"]);
    ffplay.args(["-vf", "showinfo", &live.url]);
    ffplay.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
    let ffplay = Process::spawn(&mut ffplay);
    live.wait_for_log(start, "watches the live stream");
    ffplay
}

/// Waits until ffplay shows so many pictures that were sent after byte `start` of its output.
#[track_caller]
fn wait_for_pictures(ffplay: &Process, start: usize) {
    let shown = |log: &str| (log.matches(" iskey:").count() >= 25).then_some(());
    assert!(ffplay.wait_for_stderr(start, SLACK, shown).is_some(), "pictures cease: {ffplay}");
}

/// The second publisher comes 4 s after the first was killed, the third takes the place of the
/// second while that runs. All have timestamps of their own.
fn a_publisher_returns() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let live = Live::start(&["--grace", "25"]);
    let (viewer, player) = (live.watch(&copy), ffplay(&live));

    let publish_from = |offset| {
        let start = live.process.stderr_len();
        let publisher = Process::spawn(&mut publish(&film::demo_path(), &live.url, offset));
        live.wait_for_log(start, "H.264 and AAC");
        wait_for_pictures(&player, player.stderr_len());
        publisher
    };
    publish_from("0").kill();
    live.wait_for_log(0, "ceased to publish");
    let said =
        viewer.wait_for_stderr(0, Duration::from_secs(4), |log| log.lines().next().map(drop));
    assert!(said.is_none(), "error lines of {viewer}");
    let second = publish_from("86400");
    publish_from("50").kill();
    drop(second);

    let ended = viewer.wait(SLACK);
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");
    let played = player.wait(SLACK);
    played.expect_success();
    let is_error = |line: &&str| ["[error]", "[fatal]"].iter().any(|it| line.contains(it));
    assert_eq!(played.stderr.lines().find(is_error), None, "{played}");
    let copied = flv::read(&copy);
    for kind in [Kind::Video, Kind::Audio] {
        let times: Vec<_> = flv::frames(&copied, kind).map(|tag| tag.timestamp).collect();
        assert!(times.is_sorted(), "{kind:?}: {times:?}");
    }
    let keys = copied.iter().filter(|tag| tag.is_key_frame()).count();
    assert!(keys >= 3, "{keys} key frames of three publishers");
    let duration = flv::duration(&copied);
    // Those of the second begin a day later.
    assert!(duration < Duration::from_secs(3600), "{duration:?}: no publisher's own timestamps");
}

fn a_key_is_asked_for() {
    let live = Live::start(&["--key", "key=secret"]);
    let short = film::demo_path();
    let refused = Process::spawn(&mut publish(&short, &live.url, "0")).wait(SLACK);
    assert!(!refused.status.success(), "published without the key: {refused}");
    let start = live.process.stderr_len();
    let url = format!("{}?key=secret", live.url);
    let mut publisher = Process::spawn(&mut publish(&short, &url, "0"));
    live.wait_for_log(start, "publishes the live stream");
    publisher.kill();
    let told = live
        .process
        .wait_for_stderr(0, Duration::from_millis(10), |log| log.contains("secret").then_some(()));
    assert!(told.is_none(), "the log tells the secret: {}", live.process);
}

#[cfg(feature = "adobe-auth")]
fn a_name_and_a_password() {
    let live = Live::start(&["--user", "ann=secret"]);
    let url = |user: &str| live.url.replace("rtmp://", &format!("rtmp://{user}@"));
    for wrong in ["ann:wrong", "bob:secret"] {
        let refused =
            Process::spawn(&mut publish(&film::demo_path(), &url(wrong), "0")).wait(SLACK);
        assert!(!refused.status.success(), "{wrong} published: {refused}");
    }
    let _publisher = Process::spawn(&mut publish(&film::demo_path(), &url("ann:secret"), "0"));
    live.wait_for_log(0, "publishes the live stream");
}
