//! What the example says on the command line: one clear line when it cannot serve, and an orderly
//! end on Ctrl-C.

use std::ffi::OsStr;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use libtest_mimic::Trial;

use super::ffmpeg::ffmpeg;
use super::film;
use super::need::{Need, trial};
use super::support::port::free_address;
use super::support::process::{Finished, Process};
use super::support::serve_flv::{ServeFlv, command};

/// The time to start, find the fault and report it.
const SAYS_SO: Duration = Duration::from_secs(60);

/// The longest time from Ctrl-C to the exit of the process, on a busy machine. A server that waited
/// for the handshakes of silent connections would take longer.
const ENDS: Duration = Duration::from_secs(8);

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("cli::help_names_every_option", &[], help_names_every_option),
        trial("cli::wrong_usage_is_named", &[], wrong_usage_is_named),
        trial("cli::an_unusable_file_is_named_in_one_line", &[], an_unusable_file_is_named),
        trial("cli::a_port_in_use_is_named_in_one_line", &[], a_port_in_use_is_named),
        trial("cli::listens_on_every_address_given", &[], listens_on_every_address_given),
        trial("cli::listens_on_1935_unless_told", &[], listens_on_1935_unless_told),
        trial("cli::ctrl_c_ends_an_idle_server", &[], ctrl_c_ends_an_idle_server),
        trial("cli::sigterm_ends_the_server", &[], sigterm_ends_the_server_as_ctrl_c_does),
        trial("cli::version_is_printed", &[], version_is_printed),
        trial("cli::ctrl_c_ends_silent_connections", &[], ctrl_c_ends_silent_connections),
        trial("cli::ctrl_c_ends_every_play", FFMPEG, ctrl_c_ends_every_play),
    ]
}

fn help_names_every_option() {
    let ended = run(&["--help"]);
    ended.expect_code(0);
    for word in ["--listen", "--proxy", "--once", "--help", "rtmp://", "1935"] {
        assert!(ended.stdout.contains(word), "no word of {word}: {ended}");
    }
}

fn version_is_printed() {
    let ended = run(&["--version"]);
    ended.expect_code(0);
    assert_eq!(ended.stdout.trim(), "rendercast 0.1.0", "{ended}");
}

fn wrong_usage_is_named() {
    for (args, wrong) in [
        (&["--nosuch"][..], "--nosuch"),
        (&["--listen"], "--listen"),
        (&["one.flv", "two.flv"], "two.flv"),
        (&["--listen", "nonsense"], "nonsense"),
        (&["--listen", "ftp://127.0.0.1:0"], "ftp://127.0.0.1:0"),
        (&["--proxy", "nonsense"], "nonsense"),
        (&["--listen", "127.0.0.1:65536"], "127.0.0.1:65536"),
    ] {
        let ended = run(args);
        assert!(matches!(ended.status.code(), Some(1 | 2)), "{}: {ended}", ended.status);
        assert_eq!(ended.stderr.lines().count(), 1, "not one line: {ended}");
        assert!(ended.stderr.contains(wrong), "{wrong} is not named: {ended}");
        assert_eq!(ended.stdout, "", "{args:?}");
    }
}

fn an_unusable_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("it can be written");
        path
    };
    let demo = fs::read(film::demo_path()).expect("the demo is there");

    for path in [
        folder.path().join("missing.flv"),
        file("empty.flv", b""),
        file("text.flv", b"This is no FLV file, whatever its name says.\n"),
        file("picture.flv", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01"),
        file("torn.flv", &demo[..5]),
        file("header-only.flv", &demo[..13]),
    ] {
        let name = path.file_name().and_then(OsStr::to_str).expect("a name").to_owned();
        let ended = run(&[path.as_os_str(), "--listen".as_ref(), "127.0.0.1:0".as_ref()]);
        expect_one_line(&ended, &name);
    }
}

fn a_port_in_use_is_named() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = holder.local_addr().expect("it is bound").to_string();
    expect_one_line(&run(&["--listen", &address]), &address);
}

fn listens_on_every_address_given() {
    let (first, second) = (free_address(), free_address());
    let server = ServeFlv::start(&["--listen", &first, "--listen", &second]);
    for address in [&*first, &*second, server.authority()] {
        TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    }
}

/// Another server may have the port. Then the error names it.
fn listens_on_1935_unless_told() {
    for args in [&[][..], &["--listen", ""]] {
        if TcpListener::bind("0.0.0.0:1935").is_err() {
            expect_one_line(&run(args), "1935");
            continue;
        }
        let server = Process::spawn(&mut command(args));
        server.wait_for_line(SAYS_SO, |line| line.contains("rtmp://").then_some(()));
        TcpStream::connect("127.0.0.1:1935").expect("someone listens");
        server.interrupt();
        server.wait(ENDS).expect_success();
    }
}

fn ctrl_c_ends_an_idle_server() {
    let server = ServeFlv::start::<&str>(&[]);
    expect_farewell(&server.interrupt(ENDS));
}

fn sigterm_ends_the_server_as_ctrl_c_does() {
    let server = ServeFlv::start::<&str>(&[]);
    expect_farewell(&server.end_by("TERM", ENDS));
}

fn ctrl_c_ends_silent_connections() {
    let server = ServeFlv::start::<&str>(&[]);
    let connections: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(server.authority()).expect("the server accepts"))
        .collect();
    expect_farewell(&server.interrupt(ENDS));
    drop(connections);
}

fn ctrl_c_ends_every_play() {
    let server = ServeFlv::start::<&str>(&[]);
    let players: Vec<_> = (0..3)
        .map(|_| {
            let mut player = ffmpeg(server.url());
            // ffmpeg writes one line a frame to standard output, which shows that it plays.
            Process::spawn(player.args([
                "-c",
                "copy",
                "-f",
                "framecrc",
                "-flush_packets",
                "1",
                "-",
            ]))
        })
        .collect();
    for player in &players {
        player.wait_for_line(SAYS_SO, |line| line.starts_with("0,").then_some(()));
    }

    expect_farewell(&server.interrupt(ENDS));
    for player in players {
        player.wait(SAYS_SO);
    }
}

fn run<S: AsRef<OsStr>>(args: &[S]) -> Finished {
    Process::spawn(&mut command(args)).wait(SAYS_SO)
}

/// Fails the test unless the process failed with one line that names `what`.
#[track_caller]
fn expect_one_line(ended: &Finished, what: &str) {
    ended.expect_code(1);
    assert_eq!(ended.stderr.lines().count(), 1, "not one line: {ended}");
    assert!(ended.stderr.contains(what), "{what} is not named: {ended}");
    assert!(!ended.stdout.contains("rtmp://"), "a URL that nobody serves: {ended}");
}

/// Fails the test unless the process ended well and said that it shut down.
#[track_caller]
fn expect_farewell(ended: &Finished) {
    ended.expect_code(0);
    let said = format!("{}{}", ended.stdout, ended.stderr).to_lowercase();
    assert!(said.contains("shut") || said.contains("stop"), "ended without a word: {ended}");
    assert!(!said.contains("panic"), "{ended}");
}
