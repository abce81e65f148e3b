//! rtmpdump: librtmp writes each message to a file as it came.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::support::flv::{self, Kind, Tag};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("rtmpdump")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("rtmpdump::receives_every_payload", NEEDS, receives_every_payload),
        trial("rtmpdump::says_that_it_is_complete", NEEDS, says_that_it_is_complete),
        trial("rtmpdump::starts_and_stops_where_it_is_told_to", NEEDS, starts_and_stops),
        trial("rtmpdump::is_told_off_at_once_for_rtmpe", NEEDS, is_told_off_for_rtmpe),
        trial("rtmpdump::resumes_a_dump_that_was_broken_off", NEEDS, resumes_a_dump),
    ]
}

fn receives_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let dump = folder.path().join("dump.flv");
    let server = ServeFlv::start(&["--once"]);

    let ended = Process::spawn(&mut rtmpdump(server.url(), &dump)).wait(film::duration() + SLACK);

    // It is 2 if the last timestamp is below 99.9 % of the duration in the metadata: rtmpdump
    // cannot know that the last frame fills the rest.
    assert!(matches!(ended.status.code(), Some(0 | 2)), "{}: {ended}", ended.status);
    flv::assert_same_payloads(&flv::read(&dump), &film::DEMO);
}

/// rtmpdump calls a film complete from 99.9 % of the duration in the metadata.
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

/// Overwrites the number behind `name` in the AMF0 metadata: its marker, then eight bytes.
fn set_duration(metadata: &mut [u8], duration: Duration) {
    const NAME: &[u8] = b"duration";
    let name = metadata.windows(NAME.len()).position(|window| window == NAME);
    let value = name.expect("the demo states its duration") + NAME.len() + 1;
    metadata[value..value + 8].copy_from_slice(&duration.as_secs_f64().to_be_bytes());
}

fn starts_and_stops() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let server = ServeFlv::start(&["--once"]);
    // It plays from the key frame at or before the start, of which there is one a second, up to the
    // stop.
    for (start, stop, from) in [(None, Some(5), 0), (Some("5.3"), None, 5), (Some("5"), Some(9), 5)]
    {
        let dump = folder.path().join("dump.flv");
        let mut rtmpdump = rtmpdump(server.url(), &dump);
        if let Some(start) = start {
            rtmpdump.args(["--start", start]);
        }
        if let Some(stop) = stop {
            rtmpdump.args(["--stop", &stop.to_string()]);
        }
        let ended = Process::spawn(&mut rtmpdump).wait(film::duration() + SLACK);

        // The status 2 says that the rest is missing.
        assert!(matches!(ended.status.code(), Some(0 | 2)), "{}: {ended}", ended.status);
        let to = stop.map_or(Duration::MAX, Duration::from_secs);
        let wanted = from_key_frame(&flv::cut(&film::DEMO, to), Duration::from_secs(from));
        flv::assert_same_payloads(&flv::read(&dump), &wanted);
    }
}

/// rtmpdump keeps the half that it has, and asks for the rest from the last key frame in it. It
/// does not write frames twice that it has already.
fn resumes_a_dump() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let dump = folder.path().join("dump.flv");
    let server = ServeFlv::start(&["--once"]);

    let limit = film::duration() + SLACK;
    Process::spawn(rtmpdump(server.url(), &dump).args(["--stop", "8"])).wait(limit);
    let half = flv::read(&dump);
    assert!(half.len() > 100, "{} tags to resume at", half.len());
    let ended = Process::spawn(rtmpdump(server.url(), &dump).arg("--resume")).wait(limit);

    assert!(matches!(ended.status.code(), Some(0 | 2)), "{}: {ended}", ended.status);
    let whole = flv::read(&dump);
    let frames = |kind| flv::frames(&whole, kind).map(|tag| &tag.payload);
    for kind in [Kind::Video, Kind::Audio] {
        assert!(
            frames(kind).eq(flv::frames(&film::DEMO, kind).map(|tag| &tag.payload)),
            "{kind:?}"
        );
        flv::assert_steady(&whole, kind, Duration::from_millis(120));
    }
}

/// RTMPE is refused at once, and the log says so.
fn is_told_off_for_rtmpe() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let server = ServeFlv::start_telling::<&str>(&[]);
    let url = server.url().replace("rtmp://", "rtmpe://");

    let dump = folder.path().join("dump.flv");
    let ended = Process::spawn(&mut rtmpdump(&url, &dump)).wait(SLACK);

    assert!(!ended.status.success(), "{ended}");
    server.wait_for_log(0, "the peer asks for RTMPE (version 6), which is not supported");
}

/// Returns what is sent of `tags` from the key frame at `start` on: the configurations, and what
/// follows in the file.
fn from_key_frame(tags: &[Tag], start: Duration) -> Vec<Tag> {
    let is_there = |tag: &Tag| tag.is_key_frame() && u128::from(tag.timestamp) >= start.as_millis();
    let first = tags.iter().position(is_there).expect("a key frame");
    let headers = tags.iter().take(first).filter(|tag| tag.is_sequence_header());
    headers.chain(tags.iter().skip(first)).cloned().collect()
}

pub(crate) fn rtmpdump(url: &str, dump: &Path) -> Command {
    let mut command = Command::new("rtmpdump");
    command.args(["-r", url, "-o"]).arg(dump);
    command
}
