//! What the examples that serve have in common on the command line.

use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::need::{Need, trial};
use super::support::example::executable;
use super::support::port::free_address;
use super::support::process::Process;

/// The time to start, and that to end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const BASH: &[Need] = &[Need::Program("bash")];

#[cfg(feature = "screen-video")]
const SERVERS: &[&str] = &["serve_flv", "live", "render_scene"];
#[cfg(not(feature = "screen-video"))]
const SERVERS: &[&str] = &["serve_flv", "live"];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("examples::bear_a_closed_output_and_end_on_sigterm", BASH, bear_a_closed_output),
        trial("examples::print_their_version", &[], print_their_version),
        trial("examples::name_what_cannot_be_used", &[], name_what_cannot_be_used),
    ]
}

/// Nobody reads what they print, as behind `| head -1`.
fn bear_a_closed_output() {
    for name in SERVERS {
        let address = free_address();
        let mut bash = Command::new("bash");
        bash.args(["-c", "exec \"$@\" > >(exec true)", "bash"]).arg(executable(name));
        let mut server = Process::spawn(bash.args(["--listen", &address]));
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(&address).is_err() {
            assert!(server.is_running() && Instant::now() < deadline, "does not listen: {server}");
            thread::sleep(Duration::from_millis(20));
        }
        server.signal("TERM");
        let ended = server.wait(PATIENCE);
        ended.expect_success();
        assert!(!ended.stderr.contains("panicked"), "{ended}");
    }
}

fn print_their_version() {
    for name in [SERVERS, &["call", "publish"]].concat() {
        let ended = Process::spawn(Command::new(executable(name)).arg("--version")).wait(PATIENCE);
        ended.expect_success();
        assert_eq!(ended.stdout, "rendercast 0.1.0\n", "{ended}");
    }
}

fn name_what_cannot_be_used() {
    let unresolved: &[&str] = &["--listen", "host.invalid:1935"];
    let no_port: &[&str] = &["--listen", "127.0.0.1:99999"];
    let mut cases: Vec<(&str, &[&str], &str)> = vec![
        ("call", &[], "URL"),
        ("call", &["rtmp://127.0.0.1/live"], "procedure"),
        ("call", &["rtmp://host.invalid/live", "ping"], "host.invalid"),
        ("publish", &[], "FILE"),
    ];
    cases.extend(SERVERS.iter().map(|name| (*name, unresolved, "host.invalid")));
    cases.extend(SERVERS.iter().map(|name| (*name, no_port, "99999")));
    #[cfg(all(feature = "screen-video", not(feature = "h264")))]
    cases.push(("render_scene", &["--codec", "h264"], "--features h264"));
    #[cfg(not(feature = "tls"))]
    cases.push(("serve_flv", &["--tls-self-signed"], "--features self-signed"));
    for (name, arguments, wrong) in cases {
        let ended = Process::spawn(Command::new(executable(name)).args(arguments)).wait(PATIENCE);
        assert!(matches!(ended.status.code(), Some(1 | 2)), "{}: {ended}", ended.status);
        assert_eq!(ended.stderr.lines().count(), 1, "not one line: {ended}");
        let says = ended.stderr.to_lowercase().contains(&wrong.to_lowercase());
        assert!(says, "{wrong} is not named: {ended}");
    }
}
