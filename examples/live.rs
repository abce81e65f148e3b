//! A live server: clients publish streams by name, and any number of players watch them.

#[path = "live/relays.rs"]
mod relays;
#[path = "shared/mod.rs"]
mod shared;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use lexopt::prelude::*;
use rendercast::live::{LiveConfig, LiveHandler, RecordedStreams};
use rendercast::record::RecordConfig;
use rendercast::{Connection, LiveStreamConfig, Refusal, Server, ServerConfig};

const HELP: &str = "\
Takes live streams from ffmpeg, OBS and others, and shows them to RTMP players

Usage: live [OPTIONS]

  --listen ADDR      listen on HOST:PORT, rtmp://HOST:PORT, auto://... or unix:PATH;
                     may be given several times [default: 0.0.0.0:1935]
  --key NAME=SECRET  let only those publish the stream NAME that add ?key=SECRET to it;
                     may be given several times. No other stream can be published then
  --publish-key KEY=NAME  let only those publish that give KEY as their stream key, and show that
                     as NAME; may be given several times
  --user NAME=PASSWORD  let only those publish that have NAME:PASSWORD@ in their URL; may be given
                     several times (needs the feature adobe-auth)
  --latency MS       let media wait so long for more, which saves processor time [default: 0]
  --grace SECONDS    how long viewers wait for a publisher that is gone [default: 15]
  --record FOLDER    record every stream to a file of its own in FOLDER
  --record-minutes N begin another file after N minutes
  --record-continues let a publisher that returns in time continue its file
  --push [NAME=]URL  push the stream of that name to another server, whenever it is published;
                     may be given several times. Without NAME the URL's: live/key for
                     rtmp://HOST/live/key
  --pull [NAME=]URL  show the stream of another server under that name; may be given several times
  --trust FILE       trust the certificates in this PEM file at rtmps:// URLs of --push and --pull
  -h, --help         print this";

/// The command line.
#[derive(Debug, Default)]
struct Arguments {
    listen: Vec<String>,
    keys: HashMap<String, String>,
    users: HashMap<String, String>,
    publish_keys: HashMap<String, String>,
    grace: Option<Duration>,
    relays: relays::RelayArguments,
    record: Option<PathBuf>,
    record_minutes: Option<u64>,
    record_continues: bool,
    latency: Duration,
}

impl Arguments {
    fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut arguments = Self::default();
        while let Some(argument) = shared::next_argument(&mut parser, HELP)? {
            match argument {
                Long("listen") => arguments.listen.push(parser.value()?.string()?),
                Long("key") => {
                    let key = parser.value()?.string()?;
                    let (name, secret) = key.split_once('=').ok_or("--key wants NAME=SECRET")?;
                    arguments.keys.insert(name.to_owned(), secret.to_owned());
                }
                Long("publish-key") => {
                    let pair = parser.value()?.string()?;
                    let (key, name) = pair.split_once('=').ok_or("--publish-key wants KEY=NAME")?;
                    arguments.publish_keys.insert(format!("live/{key}"), format!("live/{name}"));
                }
                Long("user") => {
                    let pair = parser.value()?.string()?;
                    let (name, password) =
                        pair.split_once('=').ok_or("--user wants NAME=PASSWORD")?;
                    arguments.users.insert(name.to_owned(), password.to_owned());
                }
                Long("grace") => {
                    let seconds: f64 = parser.value()?.parse()?;
                    let grace = Duration::try_from_secs_f64(seconds);
                    arguments.grace = Some(grace.map_err(|_| "--grace wants a number of seconds")?);
                }
                Long("push") => arguments.relays.push(&parser.value()?.string()?)?,
                Long("pull") => arguments.relays.pull(&parser.value()?.string()?)?,
                Long("trust") => arguments.relays.trust = Some(parser.value()?.into()),
                Long("record") => arguments.record = Some(parser.value()?.into()),
                Long("record-minutes") => arguments.record_minutes = Some(parser.value()?.parse()?),
                Long("record-continues") => arguments.record_continues = true,
                Long("latency") => {
                    arguments.latency = Duration::from_millis(parser.value()?.parse()?);
                }
                argument => return Err(argument.unexpected()),
            }
        }
        Ok(arguments)
    }
}

fn main() -> ExitCode {
    shared::run("live", Arguments::read, serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let streams = LiveStreamConfig::default().latency(arguments.latency);
    let mut config = LiveConfig::default().streams(streams);
    if let Some(grace) = arguments.grace {
        config = config.grace(grace);
    }
    if !arguments.keys.is_empty() {
        let keys = arguments.keys.clone();
        config = config.publish_check(move |_: &Connection, name: &str, query: &str| {
            check(&keys, name, query)
        });
    }
    if !arguments.publish_keys.is_empty() {
        let keys = arguments.publish_keys.clone();
        config = config.publish_keys(move |key: &str| keys.get(key).cloned());
    }
    if let Some(folder) = &arguments.record {
        let mut record = RecordConfig::new(folder);
        if let Some(minutes) = arguments.record_minutes {
            record = record.max_duration(Duration::from_secs(minutes.saturating_mul(60)));
        }
        config = config
            .record(record, RecordedStreams::All)
            .record_continues(arguments.record_continues);
    }
    let server = Server::new(ServerConfig::default());
    let live = install(&server, config, &arguments.users)?;
    let interrupts = shared::interrupts()?;
    shared::start(&server, &arguments.listen)?;
    for address in server.listen_addresses() {
        let Some(url) = shared::url(&address, "key") else { continue };
        shared::say(format_args!("publish: ffmpeg -re -i x.mp4 -c copy -f flv {url}"));
        shared::say(format_args!(
            "     or: OBS, server {}, stream key \"key\"",
            url.trim_end_matches("/key")
        ));
        shared::say(format_args!("  watch: ffplay {url}"));
    }
    if !arguments.keys.is_empty() {
        shared::say("Publishers add ?key=SECRET to the name.");
    }
    let relays = arguments.relays.start(&live)?;
    shared::say("Ctrl-C ends.");
    interrupts.recv().context("Ctrl-C cannot be waited for")?;
    drop(relays);
    server.shutdown();
    shared::say("Shut down.");
    Ok(())
}

#[cfg(feature = "adobe-auth")]
fn install(
    server: &Server,
    config: LiveConfig,
    users: &HashMap<String, String>,
) -> Result<LiveHandler> {
    use rendercast::auth::AdobeAuth;

    if users.is_empty() {
        let live = LiveHandler::new(config);
        server.install(live.clone());
        return Ok(live);
    }
    let has_user = |connection: &Connection, _: &str, _: &str| match AdobeAuth::user(connection) {
        Some(_) => Ok(()),
        None => Err(Refusal::publish_denied("Give NAME:PASSWORD@ in the URL.")),
    };
    let users = users.clone();
    let passwords = move |name: &str| users.get(name).cloned();
    let live = LiveHandler::new(config.publish_check(has_user));
    server.install(AdobeAuth::new(passwords, live.clone())?.publishers_only());
    Ok(live)
}

#[cfg(not(feature = "adobe-auth"))]
fn install(
    server: &Server,
    config: LiveConfig,
    users: &HashMap<String, String>,
) -> Result<LiveHandler> {
    anyhow::ensure!(users.is_empty(), "--user needs a build with --features adobe-auth");
    let live = LiveHandler::new(config);
    server.install(live.clone());
    Ok(live)
}

/// Lets those publish that know the secret of the name.
fn check(keys: &HashMap<String, String>, name: &str, query: &str) -> Result<(), Refusal> {
    let name = name.rsplit('/').next().unwrap_or_default();
    let given = query.split('&').find_map(|pair| pair.strip_prefix("key="));
    match (keys.get(name), given) {
        (Some(secret), Some(given)) if is_same(secret, given) => Ok(()),
        _ => Err(Refusal::publish_denied("The key is wrong.")),
    }
}

/// Compares in a time that does not tell how much of the secret is right.
fn is_same(secret: &str, given: &str) -> bool {
    let differences = secret.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    secret.len() == given.len() && differences == 0
}
