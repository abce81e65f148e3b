//! The URLs that players send, and the files that they get.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::ffmpeg::ffmpeg;
use super::film;
use super::need::{Need, trial};
use super::rtmpdump::rtmpdump;
use super::support::flv::{self, Tag};
use super::support::process::{Finished, Process};
use super::support::serve_flv::ServeFlv;

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];
const RTMPDUMP: &[Need] = &[Need::Program("rtmpdump")];

/// The longest time of a refusal, on a busy machine. A player that takes longer got no answer.
const AT_ONCE: Duration = Duration::from_secs(25);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("names::every_spelling_finds_its_file", FFMPEG, every_spelling_finds_its_file),
        trial("names::every_printed_url_plays_as_it_is_pasted", FFMPEG, every_printed_url_plays),
        trial("names::urls_are_cut_where_librtmp_cuts_them", RTMPDUMP, librtmp_finds_its_files),
        trial("names::a_lone_file_answers_to_any_name", FFMPEG, a_lone_file_answers_to_any_name),
        trial("names::a_missing_name_fails_fast_in_ffmpeg", FFMPEG, missing_in_ffmpeg),
        trial("names::a_missing_name_fails_fast_in_rtmpdump", RTMPDUMP, missing_in_rtmpdump),
        trial("names::nothing_outside_the_folder_is_served", FFMPEG, nothing_outside_is_served),
    ]
}

/// A folder to serve, and a file beside it that must not be served.
struct Library {
    root: TempDir,
    /// `demo.flv`
    demo: Vec<Tag>,
    /// `clip.flv` and `shows/clip.flv` and `shows/old/clip.flv`
    clip: Vec<Tag>,
}

impl Library {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder for temporary files");
        let folder = root.path().join("films");
        fs::create_dir_all(folder.join("shows/old")).expect("it can be made");
        fs::write(folder.join("notes.txt"), "no film").expect("it can be written");
        let library = Self {
            root,
            demo: flv::cut(&film::DEMO, Duration::from_secs(4)),
            clip: flv::from_second_key_frame(&film::DEMO),
        };
        flv::write(&folder.join("demo.flv"), &library.demo);
        for clip in ["clip.flv", "shows/clip.flv", "shows/old/clip.flv"] {
            flv::write(&folder.join(clip), &library.clip);
        }
        flv::write(&library.root.path().join("secret.flv"), &library.demo);
        library
    }

    fn folder(&self) -> std::path::PathBuf {
        self.root.path().join("films")
    }

    fn copy(&self) -> std::path::PathBuf {
        self.root.path().join("copy.flv")
    }
}

fn every_spelling_finds_its_file() {
    let library = Library::new();
    let server = ServeFlv::start(&[library.folder()]);
    let (demo, clip) = (&library.demo, &library.clip);

    // First ffmpeg cuts up the URL, then the name comes whole.
    for (name, film) in [
        ("demo", demo),
        ("demo.flv", demo),
        ("demo.flv?token=1", demo),
        ("demo?token=1", demo),
        ("demo?token=a/b", demo),
        ("clip", clip),
        ("shows/clip", clip),
        ("shows/old/clip", clip),
        ("shows/old/clip.flv", clip),
    ] {
        assert_plays(&mut ffmpeg(&server.url_of(name)), film, &library.copy(), name);
    }
    let queried = format!("rtmp://{}/live?token=1/demo", server.authority());
    assert_plays(&mut ffmpeg(&queried), demo, &library.copy(), "live?token=1/demo");
    for (name, film) in [
        ("demo", demo),
        ("demo.flv", demo),
        ("flv:demo", demo),
        ("flv:demo.flv", demo),
        ("demo?token=1", demo),
        ("flv:demo?token=1", demo),
        ("shows/clip", clip),
        ("flv:shows/old/clip.flv?x=../y", clip),
    ] {
        assert_plays(&mut ffmpeg_playing(&server, name), film, &library.copy(), name);
    }
}

/// Names with characters that have a meaning in a URL, a shell or a player.
const ODD_NAMES: &[&str] = &[
    "my film.flv",
    "\u{e4}&b;c'd?(e)$.flv",
    "a:b.flv",
    "CLIP.FLV",
    "100%.flv",
    "a%20b.flv",
    "#1 [x] {y} `z` \"q\" *~!|<>.flv",
    "-dash+plus=.flv",
    "a b/c d.flv",
    "flv:film.flv",
    "film.mp4.flv",
];

fn every_printed_url_plays() {
    let film = flv::cut(&film::DEMO, Duration::from_secs(2));
    for name in ODD_NAMES {
        let root = tempfile::tempdir().expect("a folder for temporary files");
        let path = root.path().join("films").join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        flv::write(&path, &film);
        let server = ServeFlv::start(&[root.path().join("films")]);
        let copy = root.path().join("copy.flv");
        let player = "ffmpeg -nostdin -hide_banner -loglevel error -y -i";
        let line = format!("{player} {} -t 0.5 -c copy {}", server.url(), copy.display());
        let ended = Process::spawn(Command::new("sh").args(["-c", &line])).wait(AT_ONCE * 2);
        assert_first_picture(&copy, &film, name, &ended);
    }
}

fn librtmp_finds_its_files() {
    let library = Library::new();
    let server = ServeFlv::start(&[library.folder()]);

    for (name, film) in [
        ("demo", &library.demo),
        ("demo.flv", &library.demo),
        ("demo.flv?token=1", &library.demo),
        ("shows/clip", &library.clip),
        ("shows/old/clip", &library.clip),
    ] {
        let copy = library.copy();
        let mut player = rtmpdump(&server.url_of(name), &copy);
        let ended = Process::spawn(player.args(["--stop", "1"])).wait(AT_ONCE * 2);
        assert_first_picture(&copy, film, name, &ended);
    }
}

fn a_lone_file_answers_to_any_name() {
    let library = Library::new();
    let server = ServeFlv::start(&[library.folder().join("clip.flv")]);

    for name in ["clip", "live", "a/b/c", "mp4:whatever.mp4", "x?y=z"] {
        assert_plays(&mut ffmpeg_playing(&server, name), &library.clip, &library.copy(), name);
    }
}

fn missing_in_ffmpeg() {
    let library = Library::new();
    let server = ServeFlv::start(&[library.folder()]);

    for name in ["nosuch", "notes.txt", "shows", "shows/nosuch"] {
        assert_refused(&server, name, &library.copy());
    }
    // The refusals have no effect on others.
    assert_plays(&mut ffmpeg(&server.url_of("demo")), &library.demo, &library.copy(), "demo");
}

fn missing_in_rtmpdump() {
    let library = Library::new();
    let server = ServeFlv::start(&[library.folder()]);

    let ended =
        Process::spawn(&mut rtmpdump(&server.url_of("nosuch"), &library.copy())).wait(AT_ONCE);
    assert!(!ended.status.success(), "played something: {ended}");
    assert!(ended.stderr.contains("NetStream.Play.StreamNotFound"), "another reason: {ended}");
}

fn nothing_outside_is_served() {
    let library = Library::new();
    let server = ServeFlv::start(&[library.folder()]);
    let absolute = library.root.path().join("secret").display().to_string();

    for name in [
        "../secret",
        "../secret.flv",
        "flv:../secret",
        "shows/../../secret",
        "..%2fsecret",
        "..\\secret",
        &absolute,
        &format!("flv:{absolute}.flv"),
    ] {
        assert_refused(&server, name, &library.copy());
    }
}

/// Makes a command of ffmpeg that asks for exactly `name`.
fn ffmpeg_playing(server: &ServeFlv, name: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]);
    command.args(["-rtmp_app", "live", "-rtmp_playpath", name, "-i", &server.url_of("any")]);
    command
}

#[track_caller]
fn assert_plays(player: &mut Command, film: &[Tag], copy: &Path, name: &str) {
    let ended =
        Process::spawn(player.args(["-t", "0.5", "-c", "copy"]).arg(copy)).wait(AT_ONCE * 2);
    ended.expect_success();
    assert_first_picture(copy, film, name, &ended);
}

#[track_caller]
fn assert_first_picture(copy: &Path, film: &[Tag], name: &str, ended: &Finished) {
    assert!(copy.exists(), "nothing came for {name}: {ended}");
    let played = flv::read(copy);
    let first = |tags: &[Tag]| tags.iter().find(|tag| tag.is_key_frame()).cloned();
    let (played, wanted) = (first(&played).map(|tag| tag.payload), first(film).map(|t| t.payload));
    assert!(played.is_some(), "no picture for {name}: {ended}");
    assert!(played == wanted, "another film for {name}: {ended}");
    fs::remove_file(copy).expect("it is there");
}

#[track_caller]
fn assert_refused(server: &ServeFlv, name: &str, copy: &Path) {
    let mut player = ffmpeg_playing(server, name);
    let ended = Process::spawn(player.args(["-c", "copy"]).arg(copy)).wait(AT_ONCE);
    assert!(!ended.status.success(), "{name} played: {ended}");
    assert!(ended.stderr.contains("Operation not permitted"), "{name} not refused: {ended}");
}
