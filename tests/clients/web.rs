//! Players and tools that read FLV over HTTP and HTTPS.

use std::fs;
use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, BURST, SLACK};
use super::need::{Need, patient_trial, trial};
use super::support::flv::{self, Kind};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("web::curl_gets_the_header_and_every_payload", &[Need::Program("curl")], || {
            curl_gets(&Served::start());
        }),
        trial("web::ffmpeg_receives_every_payload", &[Need::Program("ffmpeg")], || {
            ffmpeg_receives(&Served::start());
        }),
        patient_trial("web::ffplay_shows_every_picture", &[Need::Program("ffplay")], || {
            ffplay_shows(&Served::start());
        }),
        trial("web::mpv_plays_to_the_end", &[Need::Program("mpv")], || {
            mpv_plays(&Served::start());
        }),
        patient_trial(
            "web::vlc_plays_to_the_end",
            &[Need::Program("cvlc"), Need::Program("setpriv")],
            vlc_plays,
        ),
    ];
    if cfg!(feature = "tls") {
        trials.extend(https_trials());
    }
    trials
}

/// VLC is missing: it asks its user about a certificate that it cannot verify.
fn https_trials() -> Vec<Trial> {
    vec![
        trial("web::curl_gets_every_payload_over_https", &[Need::Program("curl")], || {
            curl_gets(&Served::start_secure());
        }),
        trial("web::ffmpeg_receives_every_payload_over_https", &[Need::Program("ffmpeg")], || {
            ffmpeg_receives(&Served::start_secure());
        }),
        patient_trial(
            "web::ffplay_shows_every_picture_over_https",
            &[Need::Program("ffplay")],
            || {
                ffplay_shows(&Served::start_secure());
            },
        ),
        trial("web::mpv_plays_to_the_end_over_https", &[Need::Program("mpv")], || {
            mpv_plays(&Served::start_secure());
        }),
    ]
}

/// A server of the film, and the film's address on it.
struct Served {
    _server: ServeFlv,
    url: String,
}

impl Served {
    fn start() -> Self {
        let server = ServeFlv::start(&["--once"]);
        let url = format!("http://{}/live/demo.flv", server.authority());
        Self { _server: server, url }
    }

    fn start_secure() -> Self {
        let args = ["--once", "--tls-self-signed"];
        let server = ServeFlv::start_listening(&args, "https://127.0.0.1:0");
        let url = format!("https://{}/live/demo.flv", server.authority());
        Self { _server: server, url }
    }
}

fn curl_gets(served: &Served) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (film, head) = (folder.path().join("film.flv"), folder.path().join("head.txt"));
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--insecure", "--dump-header"]).arg(&head);
    curl.arg("--output").arg(&film).arg(&served.url);
    Process::spawn(&mut curl).wait(film::duration() + SLACK).expect_success();
    let head = fs::read_to_string(head).expect("curl wrote the head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n"), "{head}");
    flv::assert_same_payloads(&flv::read(&film), &film::DEMO);
}

fn ffmpeg_receives(served: &Served) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-hide_banner", "-loglevel", "level+info", "-i", &served.url, "-c", "copy"]);
    let ended = Process::spawn(ffmpeg.arg(&copy)).wait(film::duration() + SLACK);
    ended.expect_success();
    flv::assert_same_payloads(&flv::read(&copy), &film::DEMO);
}

fn ffplay_shows(served: &Served) {
    let mut ffplay = Command::new("ffplay");
    ffplay.args(["-hide_banner", "-nostats", "-loglevel", "level+info", "-autoexit"]);
    ffplay.args(["-noframedrop", "-vf", "showinfo", &served.url]);
    ffplay.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
    let duration = film::duration();
    let ended = Process::spawn(&mut ffplay).wait(duration + SLACK);
    ended.expect_success().expect_took(duration - BURST, duration + SLACK);
    let shown = ended.stderr.matches(" iskey:").count();
    assert_eq!(shown, film::count(Kind::Video), "pictures of {ended}");
}

fn mpv_plays(served: &Served) {
    let mut mpv = Command::new("mpv");
    mpv.args(["--no-config", "--vo=null", "--ao=null", "--untimed", "--tls-verify=no"]);
    let ended = Process::spawn(mpv.arg(&served.url)).wait(film::duration() + SLACK);
    ended.expect_success();
    let output = format!("{}{}", ended.stdout, ended.stderr);
    assert!(output.contains("(End of file)"), "another end: {ended}");
    assert!(output.contains("(aac ") && output.contains("(h264"), "a track is missing: {ended}");
}

fn vlc_plays() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let served = Served::start();
    let pictures = folder.path().join("pictures.y4m");
    let mut vlc = super::vlc::cvlc(folder.path(), &served.url);
    super::vlc::show_into(&mut vlc, &pictures);
    Process::spawn(&mut vlc).wait(film::duration() + SLACK).expect_success();
    let shown = super::vlc::y4m_pictures(&fs::read(&pictures).expect("VLC wrote pictures"));
    assert!(shown * 10 >= film::count(Kind::Video) * 9, "{shown} pictures");
}
