//! Renders an animated scene in software and serves it live; procedures that clients call steer it.
//!
//! Each viewer has a render loop and a frame loop of its own, as the SDK has it: the first leaves
//! its last canvas, the second encodes that. With `--shared` all viewers share one of each.

mod options;
mod procedures;
mod renderer;
mod scene;
mod studio;
mod vector;
mod viewer;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Parser;
use rendercast::amf::{Object, Value};
use rendercast::{Connection, HandlerResult, ListenAddress, Server, ServerConfig};

use options::Options;
use studio::Studio;
use viewer::Streams;

/// The exit code for a command line that makes no sense, as clap has it.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => {
            eprintln!("render_scene: {}; --help tells more", first_line(&error.to_string()));
            return ExitCode::from(WRONG_USAGE);
        }
    };
    match serve(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("render_scene: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with the command line, without the usage that clap prints behind it.
fn first_line(error: &str) -> &str {
    let line = error.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

fn serve(options: &Options) -> Result<()> {
    // What waits in the outqueue is old when it is seen.
    let server = Server::new(ServerConfig::default().outqueue_length(1));
    check_codec(&server, options)?;
    let studio = Arc::new(Studio::new(options));
    if options.shared {
        studio.share(server.video_codec_factory())?;
    }
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        procedures::register(connection, &studio);
        connection.register_stream_event_handler(Streams { studio: Arc::clone(&studio) });
        Ok(true)
    });
    // Before anything is printed, so that a Ctrl-C is never lost on whoever waits for the URL.
    let interrupts = interrupts()?;
    if options.listen.is_empty() {
        server.start("")?;
    }
    for address in &options.listen {
        server.start(address)?;
    }
    print_usage(&server);
    interrupts.recv().context("Ctrl-C cannot be waited for")?;
    println!("Shutting down.");
    server.shutdown();
    println!("Shut down.");
    Ok(())
}

/// Now rather than when the first viewer is there: the codec may be missing, or not do that size.
fn check_codec(server: &Server, options: &Options) -> Result<()> {
    let factory = server.video_codec_factory();
    let Some(mut encoder) = factory.create_video_encoder(&options.codec) else {
        bail!("there is no codec {:?}; there are: {}", options.codec, factory.names().join(", "));
    };
    encoder.init(options.size.width, options.size.height).context("--size")?;
    Ok(())
}

fn interrupts() -> Result<crossbeam_channel::Receiver<()>> {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    // Further ones while the server shuts down change nothing.
    ctrlc::set_handler(move || {
        let _ = sender.try_send(());
    })
    .context("Ctrl-C cannot be handled")?;
    Ok(receiver)
}

fn print_usage(server: &Server) {
    for address in server.listen_addresses() {
        let url = url(&address);
        // FFmpeg looks at 5 s of a video without sound before it shows any, unless told not to.
        println!("ffplay -analyzeduration 100000 {url}");
        println!("cargo run --release --example call -- {url} move_camera 15 5");
    }
    println!("Ctrl-C ends.");
}

/// What a player on this machine opens.
fn url(address: &ListenAddress) -> String {
    let Some(mut socket_address) = address.socket_address() else { return address.to_string() };
    if socket_address.ip().is_unspecified() {
        socket_address.set_ip(match socket_address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("{}://{socket_address}/live/scene", address.scheme())
}
