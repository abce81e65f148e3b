//! The parts that examples share: start, Ctrl-C, and the URLs that they print.
#![allow(dead_code, reason = "every example uses a part of it")]

use std::net::IpAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use rendercast::{ListenAddress, Scheme, Server};

/// The exit code for a wrong command line, as clap defines it.
const WRONG_USAGE: u8 = 2;

/// Reads the command line and runs the example `name`.
///
/// An error is printed as one line. The exit code is 1 then, or 2 for a wrong command line.
pub(crate) fn run<A: Parser>(name: &str, example: impl FnOnce(&A) -> Result<()>) -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let arguments = match A::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => {
            eprintln!("{name}: {}; --help tells more", first_line(&error.to_string()));
            return ExitCode::from(WRONG_USAGE);
        }
    };
    match example(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Removes the usage that clap prints after the error.
fn first_line(error: &str) -> &str {
    let line = error.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

/// Returns a channel that receives a message when Ctrl-C is pressed.
///
/// Must be called before the URL is printed: a program that waits for the URL may interrupt at once.
pub(crate) fn interrupts() -> Result<crossbeam_channel::Receiver<()>> {
    let (interrupted, interrupts) = crossbeam_channel::bounded(1);
    ctrlc::set_handler(move || {
        // If the channel is full, it holds an earlier Ctrl-C.
        let _ = interrupted.try_send(());
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(interrupts)
}

/// Listens on each of the addresses, or on port 1935 of every interface if there is none.
pub(crate) fn start(server: &Server, addresses: &[String]) -> Result<(), rendercast::Error> {
    if addresses.is_empty() {
        server.start("")?;
    }
    addresses.iter().try_for_each(|address| server.start(address))
}

/// Returns the URL under which a player on this machine finds the stream `name`.
///
/// Returns `None` for a Unix socket, which players cannot open.
pub(crate) fn url(address: &ListenAddress, name: &str) -> Option<String> {
    let socket_address = address.socket_address()?;
    let scheme = match address.scheme() {
        // Every player can speak it.
        Scheme::Auto => Scheme::Rtmp,
        scheme => scheme,
    };
    let host = match socket_address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    Some(match socket_address.port() {
        port if port == scheme.default_port() => format!("{scheme}://{host}/live/{name}"),
        port => format!("{scheme}://{host}:{port}/live/{name}"),
    })
}
