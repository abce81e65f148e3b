//! Measures a live stream with many viewers, beside other servers and beside the floor:
//! `cargo bench --bench live -- [VIEWERS [SECONDS [ROUNDS]]] [OPTIONS]`.
//!
//! - `--only NAME` measures the servers whose names begin so: `floor`, `ours 0`, `nginx`. Several
//!   are allowed.
//! - `--one-thread` measures ours also with one thread that sends to all viewers, for comparison.
//! - `--librtmp2 PROGRAM` measures that program too.
//! - `--server-cores LIST` and `--client-cores LIST` let the servers run on those cores, and the
//!   publisher and the viewers on these: `0,1` and `2-15`. They need `taskset`. Without them, all
//!   share all cores.
//!
//! One publisher sends 25 video and 43 audio messages a second, 1.6 Mbit/s. Each server is a
//! process of its own, and gets the same publisher and the same light viewers, one server after the
//! other.
//! The figures are medians over the rounds:
//!
//! - the server's CPU time for each second of media that a viewer received, and its ratio to the
//!   floor: a loop of bare sends of the same bytes, merged over the same time. It is that of all
//!   threads, user and system, in nanoseconds. The floor has no publisher to read from.
//! - the time from the publisher to the viewers, of video
//! - the growth of the server's resident memory for each viewer
//! - the share of the video messages that arrived
//! - for 100 viewers that join at once, the time from the connect to the first key frame. They do
//!   so eight times: the medians over these bursts, and the p95 of the worst.
//!
//! nginx-rtmp takes part if Debian's `libnginx-mod-rtmp` is installed, or if the variable
//! `NGINX_RTMP_MODULE` names its module. `benches/live_beside.sh` installs it, builds a server
//! around the crate librtmp2, and names it with `--librtmp2`.

mod floor;
mod media;
mod publisher;
mod report;
mod round;
mod servers;
mod usage;
mod viewer;
mod viewers;

use std::num::NonZero;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::close;
use rendercast::LiveStreamConfig;

use report::Report;
use round::Plan;
use servers::Contestant;

/// The times over which ours and the floor merge, in milliseconds.
const LATENCIES_MS: [u64; 4] = [0, 40, 100, 350];

/// Those of them that `cargo test` tries.
const TRIED_MS: [u64; 2] = [0, 40];

/// How often viewers join at once. What they are sent depends on how long ago the last key frame
/// was, so they come at as many times between two.
const BURSTS: u32 = 8;

struct Arguments {
    plan: Plan,
    latencies: &'static [u64],
    rounds: usize,
    /// How the names of those begin that are measured. Empty if all are.
    only: Vec<String>,
    librtmp2: Option<PathBuf>,
    with_one_thread: bool,
}

fn main() -> Result<()> {
    // Servers are processes of their own: this program again, with their arguments.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["serve-ours", latency] => servers::serve_ours(latency.parse()?, Default::default()),
        ["serve-one-thread", latency] => {
            let streams = LiveStreamConfig::default().sending_threads(1);
            servers::serve_ours(latency.parse()?, streams)
        }
        ["serve-floor", latency, viewers] => floor::serve(latency.parse()?, viewers.parse()?),
        _ => measure(&read(&words)?),
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    make_room_for_descriptors()?;
    let mut contestants = Vec::new();
    for &latency in arguments.latencies {
        contestants.push(Contestant::Floor(latency));
        contestants.push(Contestant::Ours(latency));
        if arguments.with_one_thread {
            contestants.push(Contestant::OneThread(latency));
        }
    }
    contestants.extend(Contestant::nginx());
    contestants.extend(arguments.librtmp2.clone().map(Contestant::Librtmp2));
    if !arguments.only.is_empty() {
        let is_named = |name: &str| arguments.only.iter().any(|only| name.starts_with(only));
        contestants.retain(|contestant| is_named(&contestant.name()));
    }
    ensure!(!contestants.is_empty(), "--only names none that is measured");
    let mut report = Report::default();
    for round in 1..=arguments.rounds {
        for contestant in &contestants {
            let name = contestant.name();
            match round::run(contestant, &arguments.plan) {
                Ok(figures) => {
                    println!("round {round}: {name:12} {figures}");
                    report.add(contestant, figures);
                }
                // A server that cannot bear so many leaves the others to be measured.
                Err(error) => println!("round {round}: {name:12} failed: {error:#}"),
            }
        }
    }
    report.print(&arguments.plan);
    Ok(())
}

/// Enlarges the table of descriptors now. Linux would hold up the viewers for 8 to 30 ms when it
/// enlarges it while they join.
fn make_room_for_descriptors() -> Result<()> {
    let limit = rlimit::increase_nofile_limit(u64::MAX)?.min(1 << 16);
    let last = FcntlArg::F_DUPFD_CLOEXEC(i32::try_from(limit)? - 1);
    close(fcntl(std::io::stdout(), last)?)?;
    Ok(())
}

fn read(words: &[&str]) -> Result<Arguments> {
    // `cargo bench` passes this. `cargo test` does not, and a short run is enough for it.
    let is_bench = words.contains(&"--bench");
    let mut numbers = if is_bench { [500, 10, 3] } else { [5, 1, 1] };
    let (mut only, mut librtmp2, mut with_one_thread) = (Vec::new(), None, false);
    let mut server_cores = None;
    let mut next_number = numbers.iter_mut();
    let mut words = words.iter().filter(|word| **word != "--bench");
    while let Some(word) = words.next() {
        match *word {
            "--only" => only.extend(words.next().map(ToString::to_string)),
            "--one-thread" => with_one_thread = true,
            "--librtmp2" => librtmp2 = words.next().map(PathBuf::from),
            "--server-cores" => server_cores = words.next().map(ToString::to_string),
            "--client-cores" => stay_on(words.next().context("--client-cores wants a list")?)?,
            word if word.starts_with('-') => bail!("unknown option {word}"),
            word => {
                let number = next_number.next().context("VIEWERS, SECONDS and ROUNDS, no more")?;
                *number = word.parse().context("VIEWERS, SECONDS and ROUNDS are numbers")?;
            }
        }
    }
    let [viewers, seconds, rounds] = numbers;
    let (joining, bursts) = if is_bench { (100, BURSTS) } else { (5, 1) };
    let latencies: &[u64] = if is_bench { &LATENCIES_MS } else { &TRIED_MS };
    // One core is left to the publisher.
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.saturating_sub(1).max(1);
    let seconds = seconds as u64;
    let plan = Plan { viewers, seconds, joining, bursts, threads, server_cores };
    Ok(Arguments { plan, latencies, rounds, only, librtmp2, with_one_thread })
}

/// Keeps this process on some cores. All that it starts stays there too, unless told otherwise.
fn stay_on(cores: &str) -> Result<()> {
    let process = std::process::id().to_string();
    let mut command = Command::new("taskset");
    command.args(["--pid", "--cpu-list", cores, &process]).stdout(Stdio::null());
    let status = command.status()?;
    ensure!(status.success(), "taskset refuses {cores}");
    Ok(())
}
