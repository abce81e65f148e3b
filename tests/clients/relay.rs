//! The live example pushes to nginx-rtmp and pulls from it, and ffmpeg watches there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rendercast::TagKind;
use rendercast::client::Player;

use super::film::{self, SLACK};
use super::need::{NGINX, Need, trial};
use super::nginx_live::{NginxLive, watch};
use super::support::example::executable;
use super::support::flv::{self, Kind, Tag};
use super::support::process::Process;
use super::support::tries::{ensure, one_of_several};

const RTMP: &[Need] =
    &[Need::Program("ffmpeg"), Need::Program(NGINX), Need::NginxModule("ngx_rtmp_module")];

#[cfg(feature = "tls")]
const TLS: &[Need] = &[
    Need::Program("ffmpeg"),
    Need::Program(NGINX),
    Need::NginxModule("ngx_rtmp_module"),
    Need::NginxModule("ngx_stream_module"),
];

/// How soon a picture must be back.
const BACK: Duration = Duration::from_secs(5);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("relay::ffmpeg_at_nginx_gets_what_is_pushed", RTMP, pushes_to_nginx),
        trial("relay::a_push_comes_back_after_nginx_restarts", RTMP, || {
            push_comes_back(NginxLive::start());
        }),
        trial("relay::a_pull_comes_back_after_nginx_restarts", RTMP, || {
            pull_comes_back(NginxLive::start());
        }),
        #[cfg(feature = "tls")]
        trial("relay::a_push_goes_through_the_tls_of_nginx", TLS, pushes_through_tls),
    ]
}

/// A server beside ours, to which a stream is pushed or from which it is pulled.
pub(super) trait Origin {
    fn url(&self, name: &str) -> String;

    /// Ends it at once, so that it tells no client.
    fn kill(&mut self);

    /// Starts it again after [`kill`](Self::kill), on the same port. Returns once it listens.
    fn restart(&mut self);
}

/// The example `live` on a free port.
pub(super) struct Live {
    process: Process,
    pub(super) url: String,
}

impl Live {
    pub(super) fn start(args: &[&str]) -> Self {
        static EXECUTABLE: LazyLock<PathBuf> = LazyLock::new(|| executable("live"));
        let mut command = Command::new(&*EXECUTABLE);
        command.env("RUST_LOG", "info");
        command.args(["--listen", "127.0.0.1:0", "--grace", "30"]).args(args);
        let process = Process::spawn(&mut command);
        let url = process
            .wait_for_line(SLACK, |line| line.strip_prefix("  watch: ffplay ").map(str::to_owned));
        Self { process, url }
    }

    fn wait_for_log(&self, start: usize, what: &str) {
        let said = |log: &str| log.contains(what).then_some(());
        let found = self.process.wait_for_stderr(start, SLACK, said);
        assert!(found.is_some(), "no {what:?} in the log of {}", self.process);
    }
}

impl Origin for NginxLive {
    fn url(&self, name: &str) -> String {
        Self::url(self, name)
    }

    fn kill(&mut self) {
        Self::kill(self);
    }

    fn restart(&mut self) {
        Self::restart(self);
    }
}

/// ffmpeg that publishes the file in real time.
pub(super) fn publish(film: &Path, url: &str) -> Process {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-re"]);
    command.args(["-stream_loop", "-1", "-i"]).arg(film);
    Process::spawn(command.args(["-c", "copy", "-f", "flv", url]))
}

/// The payloads of a kind that a viewer's file and the film share, without the last.
pub(super) fn assert_copied(copy: &Path, film: &[Tag]) {
    let copied = flv::read(copy);
    for kind in [Kind::Video, Kind::Audio] {
        let of = |tags| flv::frames(tags, kind).map(|tag| tag.payload.clone()).collect::<Vec<_>>();
        let (copied, film) = (of(&copied), of(film));
        assert!(copied.len() > 20, "{} of {kind:?}", copied.len());
        let first = film.iter().position(|payload| *payload == copied[0]);
        let first = first.unwrap_or_else(|| panic!("{kind:?}: not a payload of the film"));
        let expected = film.iter().cycle().skip(first).take(copied.len());
        assert!(copied.iter().eq(expected), "{kind:?}: another order, or other bytes");
    }
}

fn pushes_to_nginx() {
    let nginx = NginxLive::start();
    assert_pushed(&nginx, &[&format!("live/key={}", nginx.url("copy"))]);
}

#[cfg(feature = "tls")]
fn pushes_through_tls() {
    use super::nginx_live::Secured;

    let Secured { nginx, url, chain, _folder } = Secured::start("copy");
    assert_pushed(&nginx, &[&format!("live/key={url}"), "--trust", &chain]);
}

fn assert_pushed(nginx: &NginxLive, push: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let live = Live::start(&[&["--push"], push].concat());
    let viewer = watch(&nginx.url("copy"), &copy);
    let mut publisher = publish(&film::demo_path(), &live.url);
    live.wait_for_log(0, ": connected");
    thread::sleep(Duration::from_secs(3));
    publisher.kill();
    // The push ends the stream at nginx when it is closed.
    drop(live);
    viewer.wait(SLACK).expect_success();
    assert_copied(&copy, &film::DEMO);
}

/// Waits until a player gets a picture, and returns after how long.
fn picture_after(url: &str) -> Duration {
    let since = Instant::now();
    loop {
        let player = Player::open(url).ok();
        let mut tags = player.into_iter().flatten().filter_map(Result::ok);
        if tags.any(|tag| tag.kind == TagKind::Video && tag.is_key_frame()) {
            return since.elapsed();
        }
        assert!(since.elapsed() < SLACK, "no picture at {url}");
        thread::sleep(Duration::from_millis(50));
    }
}

pub(super) fn push_comes_back(mut origin: impl Origin) {
    let live = Live::start(&["--push", &format!("live/key={}", origin.url("copy"))]);
    let _publisher = publish(&film::demo_path(), &live.url);
    picture_after(&origin.url("copy"));
    one_of_several(|| {
        let start = live.process.stderr_len();
        origin.kill();
        live.wait_for_log(start, "tries again in");
        thread::sleep(Duration::from_secs(1));
        origin.restart();
        let back = picture_after(&origin.url("copy"));
        ensure(back < BACK, || format!("{back:?}"))
    });
}

pub(super) fn pull_comes_back(mut origin: impl Origin) {
    let live = Live::start(&["--pull", &format!("live/key={}", origin.url("origin"))]);
    let first = publish(&film::demo_path(), &origin.url("origin"));
    let mut tags = Player::open(&live.url).expect("viewers may wait");
    let picture = |tag: &rendercast::Tag| tag.kind == TagKind::Video && tag.payload[1] == 1;
    let mut pictures = tags.by_ref().map(|tag| tag.expect("it goes on")).filter(picture);
    let mut before = pictures.next().expect("a picture").timestamp.0;
    let mut publisher = first;
    one_of_several(|| {
        publisher.kill();
        origin.kill();
        origin.restart();
        let since = Instant::now();
        publisher = publish(&film::demo_path(), &origin.url("origin"));
        // What was on its way may come first. Then it goes on at a key frame, and later.
        let times: Vec<_> = pictures.by_ref().take(60).map(|tag| tag.timestamp.0).collect();
        assert!(times.is_sorted() && times[0] >= before, "{before:?} {times:?}");
        before = times[times.len() - 1];
        let back = since.elapsed();
        ensure(back < BACK + Duration::from_secs(3), || format!("{back:?}"))
    });
}
