//! rtmpdump: librtmp writes each message down as it came.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::support::flv::{self, Kind};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("rtmpdump")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("rtmpdump::receives_every_payload", NEEDS, receives_every_payload),
        trial("rtmpdump::says_that_it_is_complete", NEEDS, says_that_it_is_complete),
    ]
}

fn receives_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let dump = folder.path().join("dump.flv");
    let server = ServeFlv::start(&["--once"]);

    let ended = Process::spawn(&mut rtmpdump(server.url(), &dump)).wait(film::duration() + SLACK);

    // 2 where the last timestamp is below 99.9% of the duration that the metadata state: rtmpdump
    // cannot know that the last frame fills the rest.
    assert!(matches!(ended.status.code(), Some(0 | 2)), "{}: {ended}", ended.status);
    flv::assert_same_payloads(&flv::read(&dump), &film::DEMO);
}

/// Without a duration it goes by the server's word that this was the end.
fn says_that_it_is_complete() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (bare, dump) = (folder.path().join("bare.flv"), folder.path().join("dump.flv"));
    let mut film = flv::cut(&film::DEMO, Duration::from_secs(5));
    film.retain(|tag| tag.kind != Kind::Script);
    flv::write(&bare, &film);
    let server = ServeFlv::start(&[bare.as_os_str(), "--once".as_ref()]);

    let ended =
        Process::spawn(&mut rtmpdump(server.url(), &dump)).wait(flv::duration(&film) + SLACK);

    ended.expect_success();
    assert!(ended.stderr.contains("Download complete"), "not complete: {ended}");
    flv::assert_same_payloads(&flv::read(&dump), &film);
}

pub(crate) fn rtmpdump(url: &str, dump: &Path) -> Command {
    let mut command = Command::new("rtmpdump");
    command.args(["-r", url, "-o"]).arg(dump);
    command
}
