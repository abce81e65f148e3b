//! Real publishers at the live example: GStreamer's two sinks, and the newest FFmpeg with the
//! codecs of Enhanced RTMP. FFmpeg watches each of them, and must get every payload.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::live_example::Live;
use super::need::{Need, new_ffmpeg, trial};
use super::support::flv::{self, Kind, Tag};
use super::support::process::Process;

const NEW: &[Need] = &[Need::NewFfmpeg];
const RTMP2SINK: &[Need] = &[
    Need::Program("gst-launch-1.0"),
    Need::GstElement("rtmp2sink"),
    Need::GstElement("flvmux"),
    Need::Program("ffmpeg"),
];
const RTMPSINK: &[Need] = &[
    Need::Program("gst-launch-1.0"),
    Need::GstElement("rtmpsink"),
    Need::GstElement("flvmux"),
    Need::Program("ffmpeg"),
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("publishers::rtmp2sink", RTMP2SINK, || from_gstreamer("rtmp2sink")),
        trial("publishers::rtmpsink", RTMPSINK, || from_gstreamer("rtmpsink")),
        trial("publishers::hevc_and_opus", NEW, || {
            from_ffmpeg(&["-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "libopus"]);
        }),
        trial("publishers::av1_and_flac", NEW, || {
            from_ffmpeg(&["-c:v", "libaom-av1", "-cpu-used", "8", "-c:a", "flac"]);
        }),
        trial("publishers::vp9_and_ac3", NEW, || {
            from_ffmpeg(&["-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "ac3"]);
        }),
        trial("publishers::h264_and_eac3", NEW, || {
            from_ffmpeg(&["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "eac3"]);
        }),
        trial("publishers::several_tracks", NEW, || {
            let maps = ["-map", "0:v", "-map", "0:v", "-map", "1:a", "-map", "1:a"];
            let codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];
            from_ffmpeg(&[&maps[..], &codecs].concat());
        }),
    ]
}

/// The payloads of one kind but for headers and ends of sequences, which muxers write anew.
fn payloads(tags: &[Tag], kind: Kind) -> Vec<&[u8]> {
    let has_frames = |tag: &&Tag| tag.kind == kind && tag.is_coded() && !is_enhanced_header(tag);
    tags.iter().filter(has_frames).map(|tag| &*tag.payload).collect()
}

/// The length of the header of Enhanced RTMP. FFmpeg writes frames of FLAC that have nothing else,
/// and reads none.
const ENHANCED_HEADER: usize = 5;

/// Whether a tag of Enhanced RTMP is anything but frames (types 1 and 3), in one track or several.
fn is_enhanced_header(tag: &Tag) -> bool {
    let (is_enhanced, multitrack) = match tag.kind {
        Kind::Video => (tag.payload[0] & 0x80 != 0, 6),
        Kind::Audio => (tag.payload[0] >> 4 == 9, 5),
        Kind::Script => return false,
    };
    let packet_type = match tag.payload[0] & 0x0f {
        outer if outer == multitrack => tag.payload[1] & 0x0f,
        outer => outer,
    };
    is_enhanced && (![1, 3].contains(&packet_type) || tag.payload.len() <= ENHANCED_HEADER)
}

/// Whether a tag has frames of a track other than the first. FFmpeg wraps only those, one track in
/// each tag: packet type, layout, codec, track.
fn is_of_further_track(tag: &Tag) -> bool {
    let multitrack = match tag.kind {
        Kind::Video if tag.payload[0] & 0x80 != 0 => 6,
        Kind::Audio if tag.payload[0] >> 4 == 9 => 5,
        _ => return false,
    };
    tag.payload[0] & 0x0f == multitrack && tag.payload[6] != 0
}

fn assert_same(watched: &[Tag], published: &[Tag]) {
    for kind in [Kind::Video, Kind::Audio] {
        let (watched, published) = (payloads(watched, kind), payloads(published, kind));
        assert_eq!(watched.len(), published.len(), "the number of {kind:?}");
        assert!(!published.is_empty() && watched == published, "{kind:?} differs");
    }
}

fn from_gstreamer(sink: &str) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (short, copy) = (folder.path().join("short.flv"), folder.path().join("copy.flv"));
    let film = film::write_short(&short, 2);
    let live = Live::start(&["--grace", "0"]);
    let viewer = live.watch(&copy);
    let pipeline = format!(
        "filesrc location={} ! flvdemux name=in flvmux name=out streamable=true ! {sink} \
         location={} in.video ! queue ! out.video in.audio ! queue ! out.audio",
        short.display(),
        live.url
    );
    let mut publisher = Command::new("gst-launch-1.0");
    publisher.args(["--quiet"]).args(pipeline.split(' '));
    Process::spawn(&mut publisher).wait(SLACK).expect_success();
    viewer.wait(SLACK).expect_success();
    assert_same(&flv::read(&copy), &film);
}

/// Makes a film of a second with those codecs, publishes it, and watches it.
fn from_ffmpeg(codecs: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (film, copy) = (folder.path().join("film.flv"), folder.path().join("copy.flv"));
    let picture = "testsrc=size=128x96:rate=25:duration=1";
    let sound = "sine=sample_rate=48000:duration=1";
    let mut make = ffmpeg(&["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]);
    make.args(codecs).args(["-ac", "2", "-g", "10", "-strict", "-2"]).arg(&film);
    Process::spawn(&mut make).wait(SLACK * 2).expect_success();

    let live = Live::start(&["--grace", "0"]);
    let start = live.process.stderr_len();
    let mut watch = ffmpeg(&["-i", &live.url, "-map", "0", "-c", "copy"]);
    let viewer = Process::spawn(watch.arg(&copy));
    live.wait_for_log(start, "watches the live stream");
    let mut publish = ffmpeg(&["-re", "-i"]);
    publish.arg(&film).args(["-map", "0", "-c", "copy", "-f", "flv", &live.url]);
    Process::spawn(&mut publish).wait(SLACK).expect_success();
    viewer.wait(SLACK).expect_success();
    // FFmpeg's player does not announce that it knows several tracks, so it gets the first.
    let mut published = flv::read(&film);
    published.retain(|tag| !is_of_further_track(tag));
    assert_same(&flv::read(&copy), &published);
}

fn ffmpeg(args: &[&str]) -> Command {
    let path: PathBuf = new_ffmpeg().expect("it is installed, as this test needs it");
    let mut command = Command::new(Path::new(&path));
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]).args(args);
    command
}
