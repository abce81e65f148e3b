//! Renders an animated scene in software and serves it live. Clients change it by remote calls.
//!
//! Each viewer has its own render loop and frame loop, as in the SDK. The first stores its last
//! canvas, and the second encodes that. With `--shared` all viewers share one of each.

mod options;
mod procedures;
mod renderer;
mod scene;
#[path = "../shared/mod.rs"]
mod shared;
mod sound;
mod studio;
mod vector;
mod viewer;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::{Connection, HandlerResult, Server, ServerConfig};

use options::Options;
#[cfg(feature = "web")]
use options::Size;
use studio::Studio;
use viewer::Streams;

fn main() -> ExitCode {
    shared::run("render_scene", Options::read, serve)
}

fn serve(options: &Options) -> Result<()> {
    // Frames that wait in the outqueue are late when they are shown.
    let server = Server::new(ServerConfig::default().queues(Queues::default().outqueue_length(1)));
    #[cfg(feature = "plugins")]
    load_plugins(&server, options)?;
    check_codec(&server, options)?;
    let studio = Arc::new(Studio::new(options));
    if options.shared {
        studio.share(server.video_codec_factory(), server.audio_codec_factory())?;
    }
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        procedures::register(connection, &studio);
        connection.register_stream_event_handler(Streams { studio: Arc::clone(&studio) });
        Ok(true)
    });
    #[cfg(feature = "web")]
    list(&server, options);
    let interrupts = shared::interrupts()?;
    shared::start(&server, &options.listen)?;
    print_usage(&server);
    interrupts.recv().context("Ctrl-C cannot be waited for")?;
    shared::say("Shutting down.");
    server.shutdown();
    shared::say("Shut down.");
    Ok(())
}

/// Adds the codecs of `--plugin`.
#[cfg(feature = "plugins")]
#[allow(unsafe_code, reason = "whoever loads a library has to vouch for it")]
fn load_plugins(server: &Server, options: &Options) -> Result<()> {
    for file in &options.plugins {
        // SAFETY: whoever starts this program vouches for what it loads.
        let plugin = unsafe { server.video_codec_factory().load_plugin_library(file)? };
        shared::say(format_args!("--codec {:?} is {}", plugin.name, plugin.file.display()));
    }
    Ok(())
}

/// Checks codec and size now instead of when the first viewer comes.
fn check_codec(server: &Server, options: &Options) -> Result<()> {
    let factory = server.video_codec_factory();
    let Some(mut encoder) = factory.create_video_encoder(&options.codec) else {
        let hint = match options.codec.as_str() {
            "h264" => " (it needs a build with --features h264, or a plugin)",
            _ => "",
        };
        let names = factory.names().join(", ");
        bail!("there is no codec {:?}{hint}; there are: {names}", options.codec);
    };
    if !encoder.supported_types().contains(&renderer::PIXEL_TYPE) {
        bail!("the codec {:?} does not take {:?}", options.codec, renderer::PIXEL_TYPE);
    }
    encoder.init(options.size.width, options.size.height).context("--size")?;
    Ok(())
}

/// Shows the scene on the server's first page.
#[cfg(feature = "web")]
fn list(server: &Server, options: &Options) {
    let Size { width, height } = options.size;
    let scene = rendercast::StreamEntry::new("live", "scene").codec(&options.codec);
    let scene = scene.size(width, height).picture();
    server.list_streams(move || vec![scene.clone()]);
}

fn print_usage(server: &Server) {
    for address in server.listen_addresses() {
        if let Some(page) = shared::page(&address, "scene") {
            shared::say(format_args!("open {page} in a browser"));
        }
        let Some(url) = shared::url(&address, "scene") else {
            shared::say(format_args!("the scene is on {address}"));
            continue;
        };
        // By default FFmpeg probes 5 s of a video without sound before it shows any.
        shared::say(format_args!("ffplay -analyzeduration 100000 {url}"));
        shared::say(format_args!("cargo run --release --example call -- {url} move_camera 15 5"));
    }
    shared::say("Ctrl-C ends.");
}
