//! Publishes an FLV file to an RTMP server in real time, as if a camera sent it.

#[path = "shared/mod.rs"]
mod shared;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use lexopt::prelude::*;
use rendercast::client::{Config, Publisher, Url};
use rendercast::media::flv;
use rendercast::{Tag, Timestamp};

const HELP: &str = "\
Publishes an FLV file to an RTMP server in real time

Usage: publish [OPTIONS] FILE URL

  FILE               an FLV file, such as one of ffmpeg
  URL                rtmp://HOST[:PORT]/APP/NAME, or rtmps://... with the feature tls;
                     a stream key is the NAME

  --loop             begin again at the end of the file
  --trust FILE       trust the certificates in this PEM file at rtmps:// URLs
  -h, --help         print this";

/// How often the server is heard while there is nothing to send.
const POLL: Duration = Duration::from_millis(100);

/// The command line.
#[derive(Debug)]
struct Arguments {
    file: PathBuf,
    url: Url,
    repeats: bool,
    trust: Option<PathBuf>,
}

impl Arguments {
    fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut file, mut url, mut repeats, mut trust) = (None, None, false, None);
        while let Some(argument) = shared::next_argument(&mut parser, HELP)? {
            match argument {
                Long("loop") => repeats = true,
                Long("trust") => trust = Some(PathBuf::from(parser.value()?)),
                Value(value) if file.is_none() => file = Some(PathBuf::from(value)),
                Value(value) if url.is_none() => {
                    let parsed = value.string()?.parse::<Url>();
                    url = Some(parsed.map_err(|error| error.to_string())?);
                }
                argument => return Err(argument.unexpected()),
            }
        }
        let file = file.ok_or("FILE is missing")?;
        let url = url.ok_or("URL is missing")?;
        Ok(Self { file, url, repeats, trust })
    }
}

fn main() -> ExitCode {
    shared::run("publish", Arguments::read, publish)
}

fn publish(arguments: &Arguments) -> Result<()> {
    let film = read(&arguments.file)?;
    let interrupts = shared::interrupts()?;
    let mut publisher = Publisher::open_with(&arguments.url, config(arguments)?)?;
    shared::say(format_args!("Publishes {}. Ctrl-C ends.", arguments.file.display()));
    let start = Instant::now();
    let mut begin = 0;
    loop {
        for tag in &film {
            let timestamp = tag.timestamp.0.wrapping_add(begin);
            let due = start + Duration::from_millis(timestamp.into());
            if !wait_until(due, &mut publisher, &interrupts)? {
                return Ok(publisher.close()?);
            }
            publisher.send(&[Tag { timestamp: Timestamp(timestamp), ..tag.clone() }])?;
        }
        if !arguments.repeats {
            return Ok(publisher.close()?);
        }
        begin = begin.wrapping_add(length(&film));
    }
}

fn config(arguments: &Arguments) -> Result<Config> {
    let config = Config::default();
    let Some(trust) = &arguments.trust else { return Ok(config) };
    #[cfg(feature = "tls")]
    {
        Ok(config.trust(rendercast::tls::Trust::authorities_file(trust)))
    }
    #[cfg(not(feature = "tls"))]
    {
        let _ = (config, trust);
        anyhow::bail!("--trust needs the feature `tls`: cargo run --features tls ...")
    }
}

/// Reads all tags, with timestamps from 0 on.
fn read(path: &std::path::Path) -> Result<Vec<Tag>> {
    let cannot_read = || format!("{} cannot be read", path.display());
    let file = std::fs::File::open(path).with_context(cannot_read)?;
    let reader = flv::Reader::new(file).with_context(cannot_read)?;
    let mut film = reader.collect::<Result<Vec<Tag>, _>>().with_context(cannot_read)?;
    let first = film.iter().map(|tag| tag.timestamp.0).min().context("the file has no tags")?;
    for tag in &mut film {
        tag.timestamp = Timestamp(tag.timestamp.0.wrapping_sub(first));
    }
    Ok(film)
}

/// Returns when a film that plays again begins again, in milliseconds.
fn length(film: &[Tag]) -> u32 {
    /// About the time between two frames.
    const FRAME: u32 = 40;
    film.iter().map(|tag| tag.timestamp.0).max().unwrap_or_default().wrapping_add(FRAME)
}

/// Waits, and hears the server meanwhile. Returns `false` if the user wants to end.
fn wait_until(due: Instant, publisher: &mut Publisher, interrupts: &Receiver<()>) -> Result<bool> {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(interrupts.try_recv().is_err());
        }
        match interrupts.recv_timeout(left.min(POLL)) {
            Err(RecvTimeoutError::Timeout) => publisher.poll()?,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(false),
        }
    }
}
