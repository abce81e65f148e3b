//! Players of MP4 files, as the library serves them: with the index before or behind the media, in
//! fragments, with pictures that are shown in another order, and as phones record.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::film::SLACK;
use super::mpv_seek::{Remote, mpv};
use super::need::{Need, trial};
use super::support::process::{Finished, Process};
use super::support::serve_flv::ServeFlv;
use super::vlc::{cvlc, show_into, y4m_pictures};

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];
const FFPLAY: &[Need] = &[Need::Program("ffmpeg"), Need::Program("ffplay")];
const MPV: &[Need] = &[Need::Program("ffmpeg"), Need::Program("mpv")];
const VLC: &[Need] = &[Need::Program("ffmpeg"), Need::Program("cvlc"), Need::Program("setpriv")];

/// How long the films play.
const LENGTH: Duration = Duration::from_secs(6);

/// The pictures of a film at 25 a second.
const PICTURES: usize = 150;

/// The longest time that a player may take.
const LIMIT: Duration = Duration::from_secs(40);

/// VLC may exit before the last pictures are due, and not show the first.
const PICTURES_LEFT: usize = 4;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("mp4::ffmpeg_decodes_every_picture_over_rtmp", FFMPEG, || ffmpeg_decodes(rtmp)),
        #[cfg(feature = "web")]
        trial("mp4::ffmpeg_decodes_every_picture_over_http", FFMPEG, || ffmpeg_decodes(http)),
        trial("mp4::ffplay_shows_every_picture", FFPLAY, ffplay_shows_every_picture),
        trial("mp4::vlc_shows_every_picture_of_fragments", VLC, vlc_shows_every_picture),
        trial("mp4::mpv_seeks_in_what_a_phone_recorded", MPV, mpv_seeks),
        trial("mp4::mpv_seeks_in_fragments", MPV, mpv_seeks_in_fragments),
    ]
}

/// The films, and how many pictures of each are decoded.
static FILMS: LazyLock<(TempDir, Vec<(&str, usize)>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let at = |name: &str| folder.path().join(name);
    let make = |options: &[&str], name: &str| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y"]).args(options).arg(at(name));
        Process::spawn(&mut command).wait(LIMIT).expect_success();
    };
    let picture = "testsrc2=s=160x120:r=25:d=6";
    let sound = "sine=d=6:r=44100";
    let coded = [
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-preset",
        "ultrafast",
        "-bf",
        "2",
        "-g",
        "25",
        "-c:a",
        "aac",
    ];
    let input = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound];
    make(&[&input[..], &coded].concat(), "end.mp4");
    let end = at("end.mp4").display().to_string();
    let copy = |before: &[&str], after: &[&str], name| {
        make(&[before, &["-i", &end, "-c", "copy"], after].concat(), name);
    };
    copy(&[], &["-movflags", "faststart"], "start.mp4");
    copy(&[], &["-movflags", "frag_keyframe+empty_moov+default_base_moof"], "fragmented.mp4");
    // A part that was cut out without coding it again, which takes an edit list.
    copy(&["-ss", "2.5"], &[], "cut.mp4");
    // Every seventh picture is missing, by a clock of 600 a second.
    let varying = format!("{picture},select='mod(n\\,7)'");
    let input = ["-f", "lavfi", "-i", &varying, "-f", "lavfi", "-i", sound];
    let rate = ["-fps_mode", "vfr", "-video_track_timescale", "600"];
    make(&[&input[..], &coded, &rate].concat(), "phone.mp4");
    // Those of the cut film are the ones from its key frame at 2 s on.
    let pictures = [
        ("end.mp4", PICTURES),
        ("start.mp4", PICTURES),
        ("fragmented.mp4", PICTURES),
        ("cut.mp4", PICTURES - 50),
        ("phone.mp4", PICTURES * 6 / 7),
    ];
    (folder, pictures.to_vec())
});

fn folder() -> &'static Path {
    FILMS.0.path()
}

fn serve(args: &[&str]) -> ServeFlv {
    let folder: PathBuf = folder().to_owned();
    let mut all = vec![folder.display().to_string()];
    all.extend(args.iter().map(|arg| (*arg).to_owned()));
    ServeFlv::start_telling(&all)
}

fn rtmp(server: &ServeFlv, name: &str) -> String {
    format!("rtmp://{}/vod/mp4:{name}", server.authority())
}

#[cfg(feature = "web")]
fn http(server: &ServeFlv, name: &str) -> String {
    format!("http://{}/vod/{name}.flv", server.authority())
}

fn ffmpeg_decodes(url: fn(&ServeFlv, &str) -> String) {
    let server = serve(&["--once"]);
    let films = &FILMS.1;
    let running: Vec<_> = films
        .iter()
        .map(|(name, _)| {
            let mut command = Command::new("ffmpeg");
            command.args(["-hide_banner", "-loglevel", "level+info", "-i", &url(&server, name)]);
            // Each picture once, whatever its time.
            command.args(["-fps_mode", "passthrough", "-f", "null", "-"]);
            Process::spawn(&mut command)
        })
        .collect();
    for ((name, pictures), process) in films.iter().zip(running) {
        let ended = process.wait(LENGTH + LIMIT);
        ended.expect_success();
        assert!(!ended.stderr.contains("[error]"), "{name}: {ended}");
        assert_eq!(decoded(&ended), Some(*pictures), "{name}: {ended}");
    }
}

/// Returns the last number behind `frame=`.
fn decoded(ended: &Finished) -> Option<usize> {
    let (_, last) = ended.stderr.rsplit_once("frame=")?;
    last.split_whitespace().next()?.parse().ok()
}

fn ffplay_shows_every_picture() {
    let server = serve(&["--once"]);
    let mut ffplay = Command::new("ffplay");
    ffplay.args(["-hide_banner", "-nostats", "-loglevel", "level+info", "-autoexit"]);
    ffplay.args(["-noframedrop", "-vf", "showinfo", &rtmp(&server, "end.mp4")]);
    ffplay.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
    let ended = Process::spawn(&mut ffplay).wait(LENGTH + SLACK);
    ended.expect_success();
    let shown = ended.stderr.matches(" iskey:").count();
    assert_eq!(shown, PICTURES, "pictures of {ended}");
}

fn vlc_shows_every_picture() {
    let home = tempfile::tempdir().expect("a folder for temporary files");
    let pictures = home.path().join("pictures.y4m");
    let server = serve(&["--once"]);
    let mut vlc = cvlc(home.path(), &rtmp(&server, "fragmented.mp4"));
    show_into(&mut vlc, &pictures);
    let ended = Process::spawn(&mut vlc).wait(LENGTH + SLACK);
    ended.expect_success();
    let shown = y4m_pictures(&fs::read(&pictures).expect("VLC wrote pictures"));
    assert!((PICTURES - PICTURES_LEFT..=PICTURES).contains(&shown), "{shown} pictures by {ended}");
}

fn mpv_seeks() {
    seek_with_mpv("phone.mp4");
}

fn mpv_seeks_in_fragments() {
    seek_with_mpv("fragmented.mp4");
}

fn seek_with_mpv(name: &str) {
    let server = serve(&[]);
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let socket = folder.path().join("mpv");
    let mut mpv = mpv(&rtmp(&server, name));
    // mpv would not ask the server for what its own cache holds.
    mpv.args(["--cache=no", "--demuxer-seekable-cache=no"]);
    mpv.arg(format!("--input-ipc-server={}", socket.display()));
    let process = Process::spawn(&mut mpv);
    let mut remote = Remote::connect(&socket, &process);
    remote.wait_for_position(0.5..5.0);
    // It counts from the time at which the first picture is shown.
    for (target, log) in [(4, "sought 40"), (1, "sought 10")] {
        remote.command(&format!(r#"["seek",{target},"absolute"]"#));
        server.wait_for_log(0, log);
        let target = f64::from(target);
        remote.wait_for_position(target - 0.1..target + 1.0);
        remote.wait_for_position(target + 1.0..target + 5.0);
    }
    remote.command(r#"["quit"]"#);
    process.wait(LIMIT).expect_success();
}
