//! Serves FLV and MP4 files to RTMP players: a built-in film, one file under any name, or all files
//! of a folder by name.

#[path = "shared/mod.rs"]
mod shared;
#[cfg(feature = "tls")]
#[path = "serve_flv/tls.rs"]
mod tls;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use rendercast::media::Film;
use rendercast::vod::{FileHandler, Library};
use rendercast::{ListenAddress, ProxyAddress, Server, ServerConfig};

/// The film that is served if no file is named: H.264 and AAC, 16 seconds.
const DEMO: &[u8] = include_bytes!("assets/demo.flv");

const HELP: &str = "\
Serves FLV files to RTMP players (ffplay, mpv, VLC, OBS, GStreamer, ...)

Usage: serve_flv [OPTIONS] [FILE|FOLDER]

  [FILE|FOLDER]      an FLV file (or MP4, with --features mp4), served under any name,
                     or a folder, whose files are served by name [default: a small film
                     named \"demo\"]
  --listen ADDR      listen on HOST:PORT, rtmp://HOST:PORT, rtmps://..., rtmpt://...,
                     rtmpts://..., http://..., https://..., auto://... (one port for all
                     of them) or unix:PATH;
                     may be given several times [default: 0.0.0.0:1935]
  --proxy PEER       believe the PROXY header of this proxy (HAProxy's send-proxy or
                     send-proxy-v2): 192.0.2.7, 10.0.0.0/8 or unix; may be given
                     several times
  --once             end each stream at the end of its file [default: repeat the file]
  --tls-cert FILE    a certificate chain for rtmps:// and https://, in PEM, the server's
                     own certificate first; may be given several times, each with its
                     --tls-key: a client gets the one for the server name that it asks
                     for, or else the first; needs --features tls
  --tls-key FILE     the private key of the --tls-cert, in PEM, without a password
  --tls-self-signed  make a certificate for trying rtmps:// and https:// out, which
                     players must not verify; needs --features self-signed
  -h, --help         print this
  --version          print the version";

/// The command line.
#[derive(Debug, Default)]
struct Arguments {
    path: Option<PathBuf>,
    listen: Vec<String>,
    proxy: Vec<ProxyAddress>,
    once: bool,
    #[cfg(feature = "tls")]
    tls: tls::TlsArguments,
}

impl Arguments {
    fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut arguments = Self::default();
        while let Some(argument) = shared::next_argument(&mut parser, HELP)? {
            match argument {
                Value(path) if arguments.path.is_none() => arguments.path = Some(path.into()),
                Long("listen") => arguments.listen.push(parser.value()?.string()?),
                Long("proxy") => arguments.proxy.push(parser.value()?.parse()?),
                Long("once") => arguments.once = true,
                #[cfg(feature = "tls")]
                Long("tls-cert") => arguments.tls.certs.push(parser.value()?.into()),
                #[cfg(feature = "tls")]
                Long("tls-key") => arguments.tls.keys.push(parser.value()?.into()),
                #[cfg(feature = "self-signed")]
                Long("tls-self-signed") => arguments.tls.self_signed = true,
                #[cfg(not(feature = "tls"))]
                Long(option @ ("tls-cert" | "tls-key")) => return Err(lacks(option, "tls")),
                #[cfg(not(feature = "self-signed"))]
                Long(option @ "tls-self-signed") => return Err(lacks(option, "self-signed")),
                argument => return Err(argument.unexpected()),
            }
        }
        Ok(arguments)
    }
}

/// Tells which feature an option needs that this build lacks.
#[cfg(not(feature = "self-signed"))]
fn lacks(option: &str, feature: &str) -> lexopt::Error {
    format!("--{option} needs a build with `--features {feature}`").into()
}

fn main() -> ExitCode {
    shared::run("serve_flv", Arguments::read, serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let (library, names) = open(arguments.path.as_deref())?;
    let config = ServerConfig::default().proxies(arguments.proxy.iter().copied());
    #[cfg(feature = "tls")]
    let config = match arguments.tls.certificates()? {
        Some(certificates) => config.tls(certificates),
        None => config,
    };
    let server = Server::new(config);
    server.install(FileHandler::new(library).repeat(!arguments.once));
    let interrupts = shared::interrupts()?;
    let started = shared::start(&server, &arguments.listen);
    #[cfg(feature = "tls")]
    let started = started.map_err(tls::explain);
    started?;
    for address in server.listen_addresses() {
        for name in &names {
            shared::say(invitation(&address, name));
        }
    }
    #[cfg(feature = "self-signed")]
    if let Some(advice) = arguments.tls.advice() {
        shared::say(advice);
    }
    shared::say("Ctrl-C ends.");
    interrupts.recv().context("Ctrl-C cannot be waited for")?;
    shared::say(format_args!("Shutting down: {} connections.", connections(&server)));
    server.shutdown();
    shared::say("Shut down.");
    Ok(())
}

/// Opens the files to serve, and returns them with the names to print.
fn open(path: Option<&Path>) -> Result<(Library, Vec<String>)> {
    let Some(path) = path else {
        let demo = Film::from_bytes(DEMO.into()).context("the built-in film")?;
        let name = "demo".to_owned();
        return Ok((Library::memory([(name.clone(), demo)]), vec![name]));
    };
    if path.is_dir() {
        let library =
            Library::folder(path).with_context(|| format!("cannot read {}", path.display()))?;
        let names = library.names();
        if names.is_empty() {
            bail!("there is no FLV or MP4 file in {}", path.display());
        }
        return Ok((library, names));
    }
    // Open it before the first viewer asks for it, so that a fault ends the start.
    let library = Library::file(path);
    let file = library.find("", "").with_context(|| path.display().to_string())?.file;
    if !file.has_media() {
        bail!("there is neither video nor audio in {}", path.display());
    }
    let skipped = file.skipped();
    if skipped.places > 0 {
        let (bytes, places) = (skipped.bytes, skipped.places);
        eprintln!("serve_flv: {}: skips {bytes} damaged bytes in {places} places", path.display());
    }
    if let Some(damage) = file.damage() {
        eprintln!("serve_flv: {}: {damage}; playing up to there", path.display());
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((library, vec![name]))
}

/// Says where to watch a film.
fn invitation(address: &ListenAddress, name: &str) -> String {
    match shared::url(address, name) {
        Some(url) => format!("ffplay {url}"),
        None => format!("{name} is on {address}"),
    }
}

fn connections(server: &Server) -> String {
    server.statistics().get("connections").map_or_else(String::new, ToString::to_string)
}
