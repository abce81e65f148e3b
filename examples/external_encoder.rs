//! A live stream from an encoder in another process: FFmpeg writes FLV to a pipe, and this program
//! shows it to any number of players.

#[path = "shared/mod.rs"]
mod shared;

use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use lexopt::prelude::*;
use rendercast::amf::{self, Object};
use rendercast::media::flv;
use rendercast::{
    Connection, End, HandlerResult, LiveStream, LiveStreamConfig, Server, ServerConfig, Stream,
};

const HELP: &str = "\
Shows what an encoder in another process makes to RTMP players

Usage: external_encoder [OPTIONS] [-- ENCODER ARGUMENTS...]

  --listen ADDR      listen on HOST:PORT, rtmp://HOST:PORT, auto://... or unix:PATH;
                     may be given several times [default: 0.0.0.0:1935]
  -h, --help         print this

ENCODER writes FLV to its standard output [default: ffmpeg with a test picture and a tone].";

/// The default encoder: its picture moves, and its sound never ends.
const ENCODER: &[&str] = &[
    "ffmpeg",
    "-nostdin",
    "-loglevel",
    "error",
    "-re",
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=640x360:rate=25",
    "-f",
    "lavfi",
    "-i",
    "sine",
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-g",
    "50",
    "-c:a",
    "aac",
    "-f",
    "flv",
    "-",
];

/// The command line.
#[derive(Debug, Default)]
struct Arguments {
    listen: Vec<String>,
    encoder: Vec<String>,
}

impl Arguments {
    fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut arguments = Self::default();
        while let Some(argument) = shared::next_argument(&mut parser, HELP)? {
            match argument {
                Long("listen") => arguments.listen.push(parser.value()?.string()?),
                Value(word) => arguments.encoder.push(word.string()?),
                argument => return Err(argument.unexpected()),
            }
        }
        if arguments.encoder.is_empty() {
            arguments.encoder = ENCODER.iter().map(|word| (*word).to_owned()).collect();
        }
        Ok(arguments)
    }
}

fn main() -> ExitCode {
    shared::run("external_encoder", Arguments::read, serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let live = LiveStream::new(LiveStreamConfig::default());
    let server = Server::new(ServerConfig::default());
    let shown = live.clone();
    server.install(move |connection: &Connection, _: &Object, _: &[amf::Value]| -> HandlerResult {
        let shown = shown.clone();
        connection.register_stream_event_handler(move |stream: &Stream, _: &amf::Value| {
            stream.watch(&shown);
            Ok(true)
        });
        Ok(true)
    });
    let interrupts = shared::interrupts()?;
    shared::start(&server, &arguments.listen)?;
    for url in server.listen_addresses().iter().filter_map(|address| shared::url(address, "key")) {
        shared::say(format_args!("watch: ffplay {url}"));
    }

    let mut encoder = start(&arguments.encoder)?;
    let output = encoder.stdout.take().context("the encoder has no standard output")?;
    let (ended, end) = crossbeam_channel::bounded(1);
    let reader = thread::Builder::new().name("encoder".to_owned()).spawn(move || {
        // The receiver is gone if Ctrl-C came before.
        let _ = ended.send(forward(flv::StreamReader::new(output), &live));
    })?;
    let outcome = crossbeam_channel::select! {
        recv(interrupts) -> _ => Ok(()),
        recv(end) -> outcome => outcome.context("the reader of the encoder has failed")?,
    };
    // Its output ends, so the reader does.
    let _ = encoder.kill();
    encoder.wait().context("cannot wait for the encoder")?;
    let _ = reader.join();
    server.shutdown();
    outcome.context("cannot read the output of the encoder")
}

fn start(words: &[String]) -> Result<Child> {
    let (program, arguments) = words.split_first().context("there is no encoder")?;
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start the encoder {program}"))
}

/// Sends the tags of an encoder to the viewers, until its output ends.
fn forward<R: std::io::Read>(
    tags: flv::StreamReader<R>,
    live: &LiveStream,
) -> Result<(), flv::Error> {
    let sent = tags.into_iter().try_for_each(|tag| {
        live.send(vec![tag?], Instant::now());
        Ok(())
    });
    live.end(if sent.is_ok() { End::Complete } else { End::Failed });
    sent
}
