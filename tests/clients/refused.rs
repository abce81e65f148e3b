//! Players that a connect handler refuses: they show why.

use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;
use rendercast::amf::{Object, Value};
use rendercast::{Connection, HandlerResult, Refusal, Server, ServerConfig};

use super::need::{Need, trial};
use super::support::process::Process;

const REASON: &str = "Come back at noon.";

/// The longest time to connect and to give up.
const GIVES_UP: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("refused::ffmpeg_shows_why", &[Need::Program("ffmpeg")], || {
            shows_why("ffmpeg", &["-nostdin", "-hide_banner", "-f", "null", "-", "-i"]);
        }),
        trial("refused::mpv_shows_why", &[Need::Program("mpv")], || {
            shows_why("mpv", &["--no-config", "--vo=null", "--ao=null"]);
        }),
    ]
}

fn shows_why(player: &str, arguments: &[&str]) {
    let server = Server::new(ServerConfig::default());
    server.install(|_: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        Err(Refusal::new("NetConnection.Connect.Rejected", REASON).into())
    });
    server.start("127.0.0.1:0").expect("a free port");
    let url = format!("{}/live/film", server.listen_addresses()[0]);
    let ended = Process::spawn(Command::new(player).args(arguments).arg(url)).wait(GIVES_UP);
    assert!(!ended.status.success(), "{ended}");
    assert!(format!("{}{}", ended.stdout, ended.stderr).contains(REASON), "not shown: {ended}");
}
