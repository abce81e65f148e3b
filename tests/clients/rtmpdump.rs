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

/// It calls a film complete from 99.9% of the duration in the metadata.
fn says_that_it_is_complete() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (exact, dump) = (folder.path().join("exact.flv"), folder.path().join("dump.flv"));
    let mut film = flv::cut(&film::DEMO, Duration::from_secs(5));
    let duration = flv::duration(&film);
    for script in film.iter_mut().filter(|tag| tag.kind == Kind::Script) {
        set_duration(&mut script.payload, duration);
    }
    flv::write(&exact, &film);
    let server = ServeFlv::start(&[exact.as_os_str(), "--once".as_ref()]);

    let ended = Process::spawn(&mut rtmpdump(server.url(), &dump)).wait(duration + SLACK);

    ended.expect_success();
    assert!(ended.stderr.contains("Download complete"), "not complete: {ended}");
    flv::assert_same_payloads(&flv::read(&dump), &film);
}

/// Overwrites the number that follows the name in the AMF0 metadata: its marker, then eight bytes.
fn set_duration(metadata: &mut [u8], duration: Duration) {
    const NAME: &[u8] = b"duration";
    let name = metadata.windows(NAME.len()).position(|window| window == NAME);
    let value = name.expect("the demo states its duration") + NAME.len() + 1;
    metadata[value..value + 8].copy_from_slice(&duration.as_secs_f64().to_be_bytes());
}

pub(crate) fn rtmpdump(url: &str, dump: &Path) -> Command {
    let mut command = Command::new("rtmpdump");
    command.args(["-r", url, "-o"]).arg(dump);
    command
}
