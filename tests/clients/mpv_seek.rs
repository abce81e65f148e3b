//! mpv, told to seek: on its command line, and through its socket while it plays.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::need::{Need, patient_trial};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("mpv")];

/// The longest time of a step on a machine that is busy with a dozen players.
const LIMIT: Duration = Duration::from_secs(60);

/// How often mpv is asked for its position.
const POLL: Duration = Duration::from_millis(50);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        patient_trial("mpv_seek::starts_where_it_is_told_to", NEEDS, starts_where_it_is_told_to),
        patient_trial(
            "mpv_seek::seeks_both_ways_and_while_paused",
            NEEDS,
            seeks_both_ways_and_while_paused,
        ),
    ]
}

fn starts_where_it_is_told_to() {
    let server = ServeFlv::start_telling(&["--once"]);
    let mut mpv = mpv(server.url());
    mpv.args(["--start=10", "--term-status-msg=at ${=time-pos} "]);
    let ended = Process::spawn(&mut mpv).wait(LIMIT);

    ended.expect_success();
    server.wait_for_log(0, "sought 10");
    let output = format!("{}{}", ended.stdout, ended.stderr);
    let times: Vec<f64> =
        output.split("at ").filter_map(|text| text.split_once(' ')?.0.parse().ok()).collect();
    let shown = times.iter().filter(|time| **time >= 9.9).count();
    assert!(shown > 2, "hardly anything from 10 s on: {times:?} of {ended}");
    assert!(times.iter().all(|time| *time < 0.1 || *time >= 9.9), "{times:?} of {ended}");
    assert!(output.contains("(End of file)"), "another end: {ended}");
}

fn seeks_both_ways_and_while_paused() {
    let server = ServeFlv::start_telling::<&str>(&[]);
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let socket = folder.path().join("mpv");
    let mut mpv = mpv(server.url());
    // mpv would not ask the server for what its own cache holds.
    mpv.args(["--cache=no", "--demuxer-seekable-cache=no"]);
    mpv.arg(format!("--input-ipc-server={}", socket.display()));
    let process = Process::spawn(&mut mpv);
    let mut remote = Remote::connect(&socket, &process);

    remote.wait_for_position(1.0..3.0);
    for (target, log) in [(10, "sought 10000"), (3, "sought 3000")] {
        let seek = format!(r#"["seek",{target},"absolute"]"#);
        remote.command(&seek);
        server.wait_for_log(0, log);
        let target = f64::from(target);
        remote.wait_for_position(target - 0.1..target + 1.0);
        // This lies beyond the 3 s that are sent ahead.
        remote.wait_for_position(target + 4.0..target + 6.0);
    }
    // mpv does not tell the server of its pause. It stops reading.
    remote.command(r#"["set_property","pause",true]"#);
    remote.command(r#"["seek",12,"absolute"]"#);
    server.wait_for_log(0, "sought 12000");
    remote.wait_for_position(11.9..12.1);
    remote.command(r#"["set_property","pause",false]"#);
    remote.wait_for_position(15.0..18.0);
    remote.command(r#"["quit"]"#);
    process.wait(LIMIT).expect_success();
}

fn mpv(url: &str) -> Command {
    let mut mpv = Command::new("mpv");
    mpv.args(["--no-config", "--vo=null", "--ao=null", "--force-seekable=yes", url]);
    mpv
}

/// mpv's JSON socket.
struct Remote {
    socket: BufReader<UnixStream>,
}

impl Remote {
    fn connect(path: &Path, process: &Process) -> Self {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Ok(socket) = UnixStream::connect(path) {
                socket.set_read_timeout(Some(LIMIT)).expect("a socket takes a timeout");
                return Self { socket: BufReader::new(socket) };
            }
            assert!(Instant::now() < deadline, "mpv does not listen: {process}");
            thread::sleep(POLL);
        }
    }

    /// Sends a command, and returns the line that answers it.
    fn command(&mut self, command: &str) -> String {
        let line = format!("{{\"command\":{command}}}\n");
        self.socket.get_mut().write_all(line.as_bytes()).expect("mpv takes a command");
        loop {
            let mut answer = String::new();
            let length = self.socket.read_line(&mut answer).expect("mpv answers");
            // Events may come before the answer.
            if length == 0 || answer.contains("\"error\":") {
                return answer;
            }
        }
    }

    /// Asks for mpv's position until it is in `wanted`, in seconds.
    fn wait_for_position(&mut self, wanted: std::ops::Range<f64>) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let answer = self.command(r#"["get_property","time-pos"]"#);
            if position(&answer).is_some_and(|position| wanted.contains(&position)) {
                return;
            }
            assert!(Instant::now() < deadline, "not at {wanted:?} but: {answer}");
            thread::sleep(POLL);
        }
    }
}

/// Returns the number of `{"data":2.345,"request_id":0,"error":"success"}`.
fn position(answer: &str) -> Option<f64> {
    let (_, data) = answer.split_once("\"data\":")?;
    data.split([',', '}']).next()?.trim().parse().ok()
}
