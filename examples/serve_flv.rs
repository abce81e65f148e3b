//! Serves FLV files to RTMP players: a small film of its own, one file under any name, or all files
//! of a folder by name.

#[path = "shared/mod.rs"]
mod shared;
#[cfg(feature = "tls")]
#[path = "serve_flv/tls.rs"]
mod tls;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Parser;
use rendercast::media::flv;
use rendercast::vod::{FileHandler, Library};
use rendercast::{ListenAddress, ProxyAddress, Server, ServerConfig};

/// The film that is served where no file is named: H.264 and AAC, 16 seconds.
const DEMO: &[u8] = include_bytes!("assets/demo.flv");

/// Serves FLV files to RTMP players (ffplay, mpv, VLC, OBS, GStreamer, ...), for example as
/// rtmp://127.0.0.1/live/demo
#[derive(Debug, Parser)]
#[command(name = "serve_flv")]
struct Arguments {
    /// An FLV file, served under any name, or a folder, whose FLV files are served by name; a small
    /// film of the example's own, named "demo", where left out
    #[arg(value_name = "FILE|FOLDER")]
    path: Option<PathBuf>,

    /// Where to listen, as HOST:PORT, rtmp://HOST:PORT, rtmps://..., rtmpt://..., rtmpts://...,
    /// auto://... (one port for all of them) or unix:PATH; may be given several times; all
    /// addresses of this machine on port 1935 (0.0.0.0:1935) where left out or empty
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,

    /// Where a proxy comes from that announces its clients with a PROXY header (HAProxy's
    /// send-proxy or send-proxy-v2), as 192.0.2.7, 10.0.0.0/8 or unix; may be given several times
    #[arg(long, value_name = "PEER")]
    proxy: Vec<ProxyAddress>,

    /// Play each file once, then end its stream, instead of starting over without a break
    #[arg(long)]
    once: bool,

    #[cfg(feature = "tls")]
    #[command(flatten)]
    tls: tls::TlsArguments,
}

fn main() -> ExitCode {
    shared::run("serve_flv", serve)
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
            println!("{}", invitation(&address, name));
        }
    }
    #[cfg(feature = "tls")]
    if let Some(advice) = arguments.tls.advice() {
        println!("{advice}");
    }
    println!("Ctrl-C ends.");
    interrupts.recv().context("Ctrl-C cannot be waited for")?;
    println!("Shutting down: {} connections.", connections(&server));
    server.shutdown();
    println!("Shut down.");
    Ok(())
}

/// The files to serve, and the names to print.
fn open(path: Option<&Path>) -> Result<(Library, Vec<String>)> {
    let Some(path) = path else {
        let demo = flv::File::from_bytes(DEMO.into()).context("the film of the example's own")?;
        let name = "demo".to_owned();
        return Ok((Library::memory([(name.clone(), Arc::new(demo))]), vec![name]));
    };
    if path.is_dir() {
        let library =
            Library::folder(path).with_context(|| format!("cannot read {}", path.display()))?;
        let names = library.names();
        if names.is_empty() {
            bail!("there is no FLV file in {}", path.display());
        }
        return Ok((library, names));
    }
    // Now rather than when the first viewer is waiting for it; the name does not matter.
    let file = flv::File::open(path).with_context(|| path.display().to_string())?;
    if file.first_media_tag().is_none() {
        bail!("there is neither video nor audio in {}", path.display());
    }
    if let Some(damage) = file.damage() {
        eprintln!("serve_flv: {}: {damage}; playing up to there", path.display());
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((Library::file(path), vec![name]))
}

/// Where a film is to be seen.
fn invitation(address: &ListenAddress, name: &str) -> String {
    match shared::url(address, name) {
        Some(url) => format!("ffplay {url}"),
        None => format!("{name} is on {address}"),
    }
}

fn connections(server: &Server) -> String {
    server.statistics().get("connections").map_or_else(String::new, ToString::to_string)
}
