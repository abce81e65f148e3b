//! A server to which the system gives few descriptors, few threads or little address space: each
//! client is served, refused or closed, and the server serves again once others have left.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use libtest_mimic::Trial;
use rendercast::client::{Config, Error, Player};
use rendercast::media::{Tag, TagKind, flv};
use rendercast::protocol::Timestamp;
use tempfile::TempDir;

use super::need::{Need, trial};
use super::support::example::executable;
use super::support::process::Process;

/// How many clients come. Each needs a descriptor and two threads.
const CLIENTS: usize = 60;

/// How long a client waits for an answer of any kind.
const PATIENCE: Duration = Duration::from_secs(40);

/// How long the server may take to serve again.
const RECOVERY: Duration = Duration::from_secs(60);

/// How many crowds come to a server with little address space. What one leaves behind is taken from
/// the next.
const CROWDS: usize = 2;

/// How many crowds come to a server with few descriptors or threads. Connections open descriptors
/// for a moment, each time at another point.
const BRIEF_CROWDS: usize = 10;

/// Other users than all others on this machine: the system counts threads for each user.
const USERS: [(&str, &str); 2] = [("nofile", "51966"), ("nproc", "51967")];

const NEEDS: &[Need] = &[Need::Program("prlimit"), Need::Program("setpriv")];
const SPACE_NEEDS: &[Need] = &[Need::Program("prlimit")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("low_limits::few_descriptors", NEEDS, || sweep("nofile", &[16, 24, 40])),
        trial("low_limits::the_next_client_after_few_descriptors", NEEDS, the_next_client),
        trial("low_limits::few_threads", NEEDS, || sweep("nproc", &[8, 12, 30, 61])),
        trial("low_limits::little_address_space", SPACE_NEEDS, sweep_address_space),
        trial("low_limits::a_film_beyond_the_address_space", SPACE_NEEDS, play_a_large_film),
    ]
}

/// What a client saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Media.
    Served,
    /// The close of its connection before it played.
    Closed,
    /// `NetStream.Play.Start`, then the end of the stream.
    Ended,
    /// An answer that says why not.
    Refused,
}

fn sweep(resource: &str, limits: &[usize]) {
    if !is_root() {
        eprintln!("left out: only root may start a process as another user");
        return;
    }
    let program = Program::copy();
    for limit in limits {
        check(&format!("{resource} {limit}"), program.run(resource, *limit));
    }
}

/// The loop that accepts had no descriptor left, and waits for the next client. That client is
/// served if there are descriptors again.
fn the_next_client() {
    if !is_root() {
        eprintln!("left out: only root may start a process as another user");
        return;
    }
    let program = Program::copy();
    let mut server = program.run("nofile", 24);
    let url = url_of(&server);
    let descriptors = format!("/proc/{}/fd", server.id());
    let count = || fs::read_dir(&descriptors).expect("it runs").count();
    let at_first = count();
    for _ in 0..BRIEF_CROWDS {
        let others = crowd("the next client", &mut server, &url);
        assert!(others > 0, "the limit is not felt: {server}");
        let deadline = Instant::now() + RECOVERY;
        while count() > at_first {
            assert!(Instant::now() < deadline, "connections are not closed: {server}");
            thread::sleep(Duration::from_millis(5));
        }
        let (outcome, _player) = watch(&url);
        assert_eq!(outcome, Outcome::Served, "{server}");
    }
    stop(server);
}

/// A copy of the example, which another user may read. That user may not read the folder of the
/// build.
struct Program(TempDir);

impl Program {
    fn copy() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let program = Self(folder);
        fs::copy(executable("serve_flv"), program.path()).expect("it can be copied");
        for path in [program.0.path(), &program.path()] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("our own files");
        }
        program
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("serve_flv")
    }

    fn run(&self, resource: &str, limit: usize) -> Process {
        let user = USERS.iter().find(|(name, _)| *name == resource);
        let user = user.map_or("51968", |(_, user)| user);
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
        command.args(["prlimit", &format!("--{resource}={limit}"), "--"]).arg(self.path());
        Process::spawn(command.args(["--listen", "127.0.0.1:0"]).current_dir("/"))
    }
}

/// With the arena that the example asks glibc for, and with as many as glibc has otherwise.
fn sweep_address_space() {
    let program = executable("serve_flv");
    for mebibytes in [32, 56, 100, 260, 512] {
        for arenas in [None, Some("16")] {
            let mut command = Command::new("prlimit");
            command.args([&format!("--as={}", mebibytes << 20), "--"]).arg(&program);
            command.args(["--listen", "127.0.0.1:0"]).env_remove("MALLOC_ARENA_MAX");
            command.envs(arenas.map(|arenas| ("MALLOC_ARENA_MAX", arenas)));
            let what = format!("{mebibytes} MiB, MALLOC_ARENA_MAX={arenas:?}");
            let mut server = Process::spawn(&mut command);
            let url = url_of(&server);
            for _ in 0..CROWDS {
                crowd(&what, &mut server, &url);
                recover(&what, &server, &url);
            }
            stop(server);
        }
    }
}

/// The cache of files gets as large as the address space permits.
fn play_a_large_film() {
    const TAGS: u32 = 1200;
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("film.flv");
    let file = fs::File::create(&path).expect("a file");
    let mut writer = flv::Writer::new(file, false, true).expect("it can be written");
    let payload = Bytes::from([&[0x17, 1, 0, 0, 0][..], &[7; 50_000]].concat());
    for number in 0..TAGS {
        let timestamp = Timestamp(number);
        let tag = Tag { kind: TagKind::Video, timestamp, payload: payload.clone() };
        writer.write(&tag).expect("it can be written");
    }
    drop(writer.into_inner());
    let mut command = Command::new("prlimit");
    command.args([&format!("--as={}", 48 << 20), "--"]).arg(executable("serve_flv"));
    command.args(["--listen", "127.0.0.1:0", "--once"]).arg(&path);
    let server = Process::spawn(&mut command);
    let url = url_of(&server).parse().expect("a URL");
    let config = Config::default().silence_timeout(PATIENCE);
    let player = Player::open_with(&url, config).unwrap_or_else(|error| panic!("{error} {server}"));
    let is_picture = |tag: &Tag| tag.payload.len() == payload.len();
    let pictures = player.map_while(Result::ok).filter(is_picture).count();
    assert_eq!(pictures, TAGS as usize, "{server}");
    stop(server);
}

/// Lets several crowds come. Some clients of each must feel the limit. After each crowd, one client
/// must be served.
fn check(what: &str, mut server: Process) {
    let url = url_of(&server);
    for _ in 0..BRIEF_CROWDS {
        let others = crowd(what, &mut server, &url);
        assert!(others > 0, "{what}: the limit is not felt: {server}");
        recover(what, &server, &url);
    }
    stop(server);
}

fn url_of(server: &Process) -> String {
    server.wait_for_line(PATIENCE, |line| {
        line.split_whitespace().find(|word| word.starts_with("rtmp://")).map(str::to_owned)
    })
}

/// Lets a crowd come at once, and leave together. Returns how many were not served.
fn crowd(what: &str, server: &mut Process, url: &str) -> usize {
    let (served, others): (Vec<_>, Vec<_>) = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| watch(url))).collect();
        clients
            .into_iter()
            .map(|client| client.join().expect("a client does not panic"))
            .partition(|(outcome, _)| *outcome == Outcome::Served)
    });
    let count = |wanted| others.iter().filter(|(outcome, _)| *outcome == wanted).count();
    eprintln!(
        "{what}: {} served, {} closed, {} ended, {} refused",
        served.len(),
        count(Outcome::Closed),
        count(Outcome::Ended),
        count(Outcome::Refused),
    );
    assert!(server.is_running(), "{what}: {server}");
    others.len()
}

/// Comes until it is served.
fn recover(what: &str, server: &Process, url: &str) {
    let deadline = Instant::now() + RECOVERY;
    while watch(url).0 != Outcome::Served {
        assert!(Instant::now() < deadline, "{what}: it does not serve again: {server}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn stop(server: Process) {
    server.interrupt();
    server.wait(RECOVERY).expect_success();
}

/// Plays up to the first media. Returns the player too, which stays while it is held.
fn watch(url: &str) -> (Outcome, Option<Player>) {
    let config = Config::default()
        .connect_timeout(PATIENCE)
        .reply_timeout(PATIENCE)
        .silence_timeout(PATIENCE);
    let mut player = match Player::open_with(&url.parse().expect("a URL"), config) {
        Ok(player) => player,
        Err(Error::Status(_)) => return (Outcome::Refused, None),
        Err(error @ Error::Timeout { .. }) => panic!("no answer: {error}"),
        Err(_) => return (Outcome::Closed, None),
    };
    match player.next() {
        Some(Ok(_)) => (Outcome::Served, Some(player)),
        Some(Err(error @ Error::Timeout { .. })) => panic!("started, then silent: {error}"),
        None | Some(Err(_)) => (Outcome::Ended, None),
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    id.stdout.trim_ascii() == b"0"
}
