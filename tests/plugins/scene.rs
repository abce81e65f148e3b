//! The example `render_scene` with the codec of a plugin.

use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;

use crate::build::{Workshop, finish, render_scene, root};
use crate::need::{Need, trial};
use crate::process::Process;

const NEEDS: &[Need] =
    &[Need::Program("cc"), Need::Header("libavcodec/avcodec.h"), Need::Program("ffmpeg")];

/// The time to start, find a fault and report it.
const SAYS_SO: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("scene::it_is_encoded_by_a_plugin", NEEDS, it_is_encoded_by_a_plugin)]
}

fn it_is_encoded_by_a_plugin() {
    let workshop = Workshop::open();
    let source = root().join("examples/libavcodec_plugin/libavcodec.c");
    let arguments = ["-DNAME=\"h264\"", "-lavcodec", "-lavutil", "-lswscale"];
    let library = workshop.compile(&source, "x264", &arguments);

    let mut command = Command::new(render_scene());
    command.args(["--listen", "127.0.0.1:0", "--size", "320x180", "--codec", "h264"]);
    let scene = Process::spawn(command.arg("--plugin").arg(&library));
    let url = scene.wait_for_line(SAYS_SO, |line| {
        line.split_whitespace().find(|word| word.starts_with("rtmp://")).map(str::to_owned)
    });
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-analyzeduration", "100000", "-xerror", "-i", &url]);
    ffmpeg.args(["-frames:v", "5", "-f", "framecrc", "-"]);
    let played = finish(&mut ffmpeg);
    assert!(played.stderr.contains("Video: h264"), "another codec: {played}");
    let pictures = played.stdout.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(pictures, 5, "{played}");

    // What is there is named, and that of the plugin with it.
    command = Command::new(render_scene());
    command.args(["--codec", "vp6", "--plugin"]).arg(&library);
    let ended = Process::spawn(&mut command).wait(SAYS_SO);
    ended.expect_code(1);
    assert!(ended.stderr.contains("h264"), "{ended}");
}
