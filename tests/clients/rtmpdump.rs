//! rtmpdump: librtmp writes each message down as it came.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::support::flv;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("rtmpdump")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("rtmpdump::completes_with_every_payload", NEEDS, completes_with_every_payload)]
}

fn completes_with_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let dump = folder.path().join("dump.flv");
    let server = ServeFlv::start(&["--once"]);

    let ended = Process::spawn(&mut rtmpdump(server.url(), &dump)).wait(film::duration() + SLACK);

    ended.expect_success();
    assert!(ended.stderr.contains("Download complete"), "not complete: {ended}");
    flv::assert_same_payloads(&flv::read(&dump), &film::DEMO);
}

pub(crate) fn rtmpdump(url: &str, dump: &Path) -> Command {
    let mut command = Command::new("rtmpdump");
    command.args(["-r", url, "-o"]).arg(dump);
    command
}
