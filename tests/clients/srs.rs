//! SRS as an origin, as an edge and as a publisher, and ffmpeg that watches.
//!
//! No package has SRS, so `tests/srs.sh` builds it and runs these tests.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use rendercast::client::{Config, Player, Publisher, Url};
use rendercast::{TagKind, Timestamp};
use tempfile::TempDir;

use super::film::{self, SLACK};
use super::need::{Need, SRS, trial};
use super::nginx::{wait_until_open, write};
use super::nginx_live::watch_with;
use super::relay::{Live, Origin, assert_copied, publish, pull_comes_back, push_comes_back};
#[cfg(all(feature = "h264", feature = "screen-video"))]
use super::render_scene::{self, Scene};
use super::support::flv::{self, Kind, Tag};
use super::support::port::free_port;
use super::support::process::Process;

/// The configuration of the manual's page `many_machines`.
const ORIGIN: &str = include_str!("../../src/manual/origin.srs.conf");

const NEEDS: &[Need] = &[Need::Srs, Need::Program("ffmpeg")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("srs::ffmpeg_at_srs_gets_what_is_pushed", NEEDS, pushes),
        trial("srs::ffmpeg_here_gets_what_is_pulled_from_srs", NEEDS, pulls),
        trial("srs::a_push_comes_back_after_srs_restarts", NEEDS, || push_comes_back(Srs::start())),
        trial("srs::a_pull_comes_back_after_srs_restarts", NEEDS, || pull_comes_back(Srs::start())),
        trial("srs::a_pull_goes_on_with_the_next_publisher", NEEDS, goes_on_with_the_next),
        trial("srs::a_player_waits_for_a_publisher", NEEDS, waits_for_a_publisher),
        trial("srs::the_client_plays_what_it_publishes", NEEDS, || {
            plays_what_it_publishes(&Srs::start(), &short_film());
        }),
        trial("srs::the_client_plays_the_hevc_that_it_publishes", NEEDS, || {
            plays_what_it_publishes(&Srs::start(), &hevc());
        }),
        trial("srs::timestamps_of_more_than_24_bits_pass", NEEDS, late_timestamps_pass),
        trial("srs::an_edge_of_srs_shows_a_stream_of_ours", NEEDS, shows_at_an_edge),
        trial("srs::an_edge_of_srs_publishes_to_us", NEEDS, publishes_at_an_edge),
        trial("srs::srs_forwards_to_us", NEEDS, forwards),
        #[cfg(all(feature = "h264", feature = "screen-video"))]
        trial("srs::a_rendered_scene_is_seen_at_srs", NEEDS, shows_a_scene),
    ]
}

/// A running SRS.
struct Srs {
    process: Option<Process>,
    port: u16,
    folder: TempDir,
}

impl Srs {
    fn start() -> Self {
        Self::start_with("tcp_nodelay on;", "")
    }

    /// Starts SRS with a further directive behind one of its configuration.
    fn start_with(place: &str, directive: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let port = free_port();
        let own = format!(
            "listen 127.0.0.1:{port}; daemon off; srs_log_tank console; pid srs.pid; \
             ff_log_dir /dev/null;"
        );
        assert!(ORIGIN.contains(place), "no {place:?} in the configuration");
        let configuration =
            ORIGIN.replace("listen 1935;", &own).replace(place, &format!("{place} {directive}"));
        write(&folder.path().join("srs.conf"), &configuration);
        let process = Some(spawn(folder.path(), port));
        Self { process, port, folder }
    }

    /// An edge of the server at `url`.
    fn edge_of(url: &str) -> Self {
        let directive = format!("cluster {{ mode remote; origin {}; }}", address(url));
        Self::start_with("tcp_nodelay on;", &directive)
    }
}

impl Origin for Srs {
    fn url(&self, name: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{name}", self.port)
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    fn restart(&mut self) {
        self.process = Some(spawn(self.folder.path(), self.port));
    }
}

fn spawn(folder: &Path, port: u16) -> Process {
    let program = std::env::var_os(SRS).expect("it is set, as this test needs it");
    // SRS writes into the folder where it starts.
    let process =
        Process::spawn(Command::new(program).args(["-c", "srs.conf"]).current_dir(folder));
    wait_until_open(port, &process);
    process
}

/// The `HOST:PORT` of a URL.
fn address(url: &str) -> &str {
    url.split('/').nth(2).expect("a URL has an address")
}

/// Publishes the film at one URL, and compares what ffmpeg watches at another.
fn assert_arrives(published_at: &str, watched_at: &str) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    // SRS tells no viewer that a stream has ended.
    let viewer = watch_with(&["-t", "3"], watched_at, &copy);
    let _publisher = publish(&film::demo_path(), published_at);
    viewer.wait(SLACK).expect_success();
    assert_copied(&copy, &film::DEMO);
}

fn pushes() {
    let srs = Srs::start();
    let live = Live::start(&["--push", &format!("live/key={}", srs.url("copy"))]);
    assert_arrives(&live.url, &srs.url("copy"));
}

fn pulls() {
    let srs = Srs::start();
    let live = Live::start(&["--pull", &format!("live/key={}", srs.url("origin"))]);
    assert_arrives(&srs.url("origin"), &live.url);
}

fn shows_at_an_edge() {
    let live = Live::start(&[]);
    let edge = Srs::edge_of(&live.url);
    assert_arrives(&live.url, &edge.url("key"));
}

fn publishes_at_an_edge() {
    let live = Live::start(&[]);
    let edge = Srs::edge_of(&live.url);
    assert_arrives(&edge.url("key"), &live.url);
}

fn forwards() {
    let live = Live::start(&[]);
    let destination = address(&live.url);
    let directive = format!("forward {{ enabled on; destination {destination}; }}");
    let srs = Srs::start_with("tcp_nodelay on;", &directive);
    assert_arrives(&srs.url("key"), &live.url);
}

/// SRS tells a pull nothing when a publisher leaves.
fn goes_on_with_the_next() {
    let srs = Srs::start();
    let live = Live::start(&["--pull", &format!("live/key={}", srs.url("origin"))]);
    let mut player = Player::open(&live.url).expect("viewers may wait");
    let mut last = 0;
    for _ in 0..2 {
        let mut publisher = publish(&film::demo_path(), &srs.url("origin"));
        let tags = player.by_ref().map(|tag| tag.expect("it goes on"));
        let times: Vec<_> = tags
            .filter(|tag| tag.kind == TagKind::Video && tag.payload[1] == 1)
            .map(|tag| tag.timestamp.0)
            .take(50)
            .collect();
        assert!(times[0] >= last && times.is_sorted(), "{last:?} {times:?}");
        last = times[times.len() - 1];
        publisher.kill();
    }
}

/// SRS says nothing meanwhile, but answers the pings of the client.
fn waits_for_a_publisher() {
    const SILENCE: Duration = Duration::from_secs(1);
    let srs = Srs::start();
    let url: Url = srs.url("key").parse().expect("a URL");
    let config = Config::default().silence_timeout(SILENCE);
    let mut player = Player::open_with(&url, config).expect("SRS lets players wait");
    let first = thread::spawn(move || player.next());
    // The wait is what is tested.
    thread::sleep(4 * SILENCE);
    let _publisher = publish(&film::demo_path(), &srs.url("key"));
    let tag = first.join().expect("no panic").expect("it goes on");
    tag.expect("it is no failure that nothing comes");
}

fn short_film() -> Vec<Tag> {
    flv::cut(&film::DEMO, Duration::from_secs(3))
}

/// The HEVC of Enhanced RTMP, without its sound, which SRS 7 does not know.
fn hevc() -> Vec<Tag> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/mp4/hevc_opus.flv");
    let mut film = flv::read(&path);
    film.retain(|tag| tag.kind != Kind::Audio);
    film
}

/// A film that passes the last timestamp of three bytes, in frames of several chunks.
fn late_timestamps_pass() {
    const BEGIN: u32 = 0xff_ffff - 1000;
    let mut film = short_film();
    for tag in &mut film {
        tag.timestamp += BEGIN;
    }
    let srs = Srs::start_with("gop_cache on;", "time_jitter off;");
    let played = plays_what_it_publishes(&srs, &film);
    let published = film.iter().filter(|tag| tag.kind != Kind::Script);
    assert!(played.iter().map(|tag| tag.timestamp.0).eq(published.map(|tag| tag.timestamp)));
}

/// Returns the audio and video that were played, whose payloads are those of `film`.
fn plays_what_it_publishes(srs: &Srs, film: &[Tag]) -> Vec<rendercast::Tag> {
    let player = Player::open(&srs.url("key")).expect("SRS lets players wait");
    let mut publisher = Publisher::open(&srs.url("key")).expect("SRS takes publishers");
    let tags: Vec<_> = film.iter().map(to_publish).collect();
    publisher.send(&tags).expect("SRS takes the film");

    let media = |tag: &&rendercast::Tag| tag.kind != TagKind::Script;
    let published: Vec<_> = tags.iter().filter(media).collect();
    let played = player.map(|tag| tag.expect("it plays on"));
    let played = played.filter(|tag| tag.kind != TagKind::Script);
    let played: Vec<_> = played.take(published.len()).collect();
    for kind in [TagKind::Video, TagKind::Audio] {
        let of = |tag: &&rendercast::Tag| tag.kind == kind;
        let played = played.iter().filter(of).map(|tag| &tag.payload);
        let published = published.iter().copied().filter(of).map(|tag| &tag.payload);
        assert!(played.eq(published), "{kind:?} differs");
    }
    publisher.close().expect("SRS hears the end");
    played
}

fn to_publish(tag: &Tag) -> rendercast::Tag {
    let kind = match tag.kind {
        Kind::Audio => TagKind::Audio,
        Kind::Video => TagKind::Video,
        Kind::Script => TagKind::Script,
    };
    let payload = tag.payload.clone().into();
    rendercast::Tag { kind, timestamp: Timestamp(tag.timestamp), payload }
}

/// SRS 7 takes no screen video.
#[cfg(all(feature = "h264", feature = "screen-video"))]
fn shows_a_scene() {
    let (scene, srs) = (Scene::start("h264", &["--shared"]), Srs::start());
    let (from, to) = (&scene.url, srs.url("scene"));
    let _live = Live::start(&[
        "--pull",
        &format!("live/scene={from}"),
        "--push",
        &format!("live/scene={to}"),
    ]);
    let pictures = render_scene::watch(&to, 20);
    assert_ne!(pictures[0], pictures[19], "nothing moves");
}
