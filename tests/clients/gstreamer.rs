//! GStreamer's two RTMP sources: its own and librtmp's.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::support::flv::{self, Kind, Tag};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const LAUNCH: Need = Need::Program("gst-launch-1.0");

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "gstreamer::rtmp2src_ends_after_every_payload",
            &[LAUNCH, Need::GstElement("rtmp2src")],
            rtmp2src_ends_after_every_payload,
        ),
        trial(
            "gstreamer::rtmp2src_feeds_the_demuxer_every_frame",
            &[LAUNCH, Need::GstElement("rtmp2src"), Need::GstElement("flvdemux")],
            rtmp2src_feeds_the_demuxer_every_frame,
        ),
        trial(
            "gstreamer::rtmpsrc_receives_every_payload",
            &[LAUNCH, Need::GstElement("rtmpsrc")],
            rtmpsrc_receives_every_payload,
        ),
        trial(
            "gstreamer::rtmpsrc_connecting_over_and_over_harms_nobody",
            &[LAUNCH, Need::GstElement("rtmpsrc"), Need::Program("ffmpeg")],
            rtmpsrc_connecting_over_and_over_harms_nobody,
        ),
    ]
}

/// When StreamEOF arrives, rtmp2src drops the message that its pipeline has not taken yet. So the
/// last message may be missing, and no other.
fn rtmp2src_ends_after_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let server = ServeFlv::start(&["--once"]);

    let pipeline =
        format!("rtmp2src location={} ! filesink location={}", server.url(), path(&copy));
    Process::spawn(&mut gst_launch(&pipeline)).wait(film::duration() + SLACK).expect_success();

    flv::assert_same_payloads_but_the_last(&flv::read(&copy), &film::DEMO);
}

fn rtmp2src_feeds_the_demuxer_every_frame() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let server = ServeFlv::start(&["--once"]);

    let frames = path(folder.path());
    let pipeline = format!(
        "rtmp2src location={} ! flvdemux name=demux \
         demux.video ! queue ! multifilesink location={frames}/video%05d \
         demux.audio ! queue ! multifilesink location={frames}/audio%05d",
        server.url()
    );
    Process::spawn(&mut gst_launch(&pipeline)).wait(film::duration() + SLACK).expect_success();

    let demuxed = count_files(folder.path(), "video") + count_files(folder.path(), "audio");
    let wanted = film::count(Kind::Video) + film::count(Kind::Audio);
    assert!([wanted, wanted - 1].contains(&demuxed), "{demuxed} frames of {wanted} demuxed");
}

/// librtmp in GStreamer never ends: it reconnects at every end of play. So it plays a loop, and is
/// stopped once it has a whole pass.
fn rtmpsrc_receives_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (short, copy) = (folder.path().join("short.flv"), folder.path().join("copy.flv"));
    let pass = film::write_short(&short, 5);
    let server = ServeFlv::start(&[&short]);

    let pipeline = format!("rtmpsrc location={} ! filesink location={}", server.url(), path(&copy));
    let mut launched = Process::spawn(&mut gst_launch(&pipeline));
    let deadline = Instant::now() + flv::duration(&pass) + SLACK;
    while !holds_more_than(&copy, &pass) {
        assert!(launched.is_running(), "ended early: {launched}");
        assert!(Instant::now() < deadline, "no whole pass in time: {launched}");
        std::thread::sleep(Duration::from_millis(100));
    }
    launched.kill();

    flv::assert_starts_with(&flv::read(&copy), &pass);
}

fn gst_launch(pipeline: &str) -> Command {
    let mut command = Command::new("gst-launch-1.0");
    command.arg("-q").args(pipeline.split_whitespace());
    command
}

/// The text of a pipeline is split at white space.
fn path(path: &Path) -> String {
    let path = path.display().to_string();
    assert!(!path.contains(char::is_whitespace), "white space in {path}");
    path
}

fn holds_more_than(copy: &Path, pass: &[Tag]) -> bool {
    let Ok(bytes) = fs::read(copy) else { return false };
    if bytes.len() < 13 {
        return false;
    }
    let copied = flv::parse(&bytes);
    [Kind::Video, Kind::Audio]
        .iter()
        .all(|&kind| flv::payloads(&copied, kind).len() > flv::payloads(pass, kind).len())
}

fn count_files(folder: &Path, prefix: &str) -> usize {
    let names = fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(prefix)).count()
}

/// rtmpsrc connects again each time its stream has ended.
fn rtmpsrc_connecting_over_and_over_harms_nobody() {
    const STORM: Duration = Duration::from_secs(5);
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    film::write_short(&folder.path().join("short.flv"), 1);
    fs::copy(film::demo_path(), folder.path().join("demo.flv")).expect("the demo is copied");
    let server = ServeFlv::start_telling(&[folder.path().as_os_str(), "--once".as_ref()]);
    let threads_before = threads(&server);

    let pipeline = format!("rtmpsrc location={} ! fakesink", server.url_of("short"));
    let mut storm = Process::spawn(&mut gst_launch(&pipeline));
    let copy = folder.path().join("copy.flv");
    let mut viewer = super::ffmpeg::ffmpeg(&server.url_of("demo"));
    viewer.args(["-t", "8", "-c", "copy"]).arg(&copy);
    Process::spawn(&mut viewer).wait(STORM + SLACK).expect_success();
    let is_storm = |log: &str| (log.matches("connected to").count() > 20).then_some(());
    let found = server.process().wait_for_stderr(0, SLACK, is_storm);
    storm.kill();
    assert!(found.is_some(), "no storm: {}", server.process());

    let film = flv::cut(&film::DEMO, Duration::from_secs(7));
    flv::assert_starts_with(&flv::read(&copy), &film);
    let deadline = Instant::now() + SLACK;
    while threads(&server) > threads_before {
        assert!(
            Instant::now() < deadline,
            "{} threads, {threads_before} before: {}",
            threads(&server),
            server.process()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn threads(server: &ServeFlv) -> usize {
    let tasks = format!("/proc/{}/task", server.process().id());
    fs::read_dir(tasks).expect("the server runs").count()
}
