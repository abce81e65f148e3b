//! What the examples have in common: how they begin, how they are interrupted, what they print.
#![allow(dead_code, reason = "every example uses a part of it")]

use std::net::IpAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use rendercast::{ListenAddress, Server};

/// The exit code for a command line that makes no sense, as clap has it.
const WRONG_USAGE: u8 = 2;

/// Reads the command line and runs the example `name`; what goes wrong is one line, and the exit
/// code 1, or 2 for a command line that makes no sense.
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

/// What is wrong with the command line, without the usage that clap prints behind it.
fn first_line(error: &str) -> &str {
    let line = error.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

/// Receives something once Ctrl-C is pressed. To be asked for before anything is printed, so that
/// no Ctrl-C is lost on whoever waits for the URL.
pub(crate) fn interrupts() -> Result<crossbeam_channel::Receiver<()>> {
    let (interrupted, interrupts) = crossbeam_channel::bounded(1);
    ctrlc::set_handler(move || {
        // Full: an earlier Ctrl-C is on its way already.
        let _ = interrupted.try_send(());
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(interrupts)
}

/// Listens on each of the addresses; on RTMP's own port where there is none.
pub(crate) fn start(server: &Server, addresses: &[String]) -> Result<(), rendercast::StartError> {
    if addresses.is_empty() {
        server.start("")?;
    }
    addresses.iter().try_for_each(|address| server.start(address))
}

/// What a player on this machine opens to see `name`; none on a Unix socket, which players do not
/// know.
pub(crate) fn url(address: &ListenAddress, name: &str) -> Option<String> {
    let socket_address = address.socket_address()?;
    let (scheme, default_port) = match address.scheme() {
        "rtmps" => ("rtmps", 443),
        "rtmpt" => ("rtmpt", 80),
        "rtmpts" => ("rtmpts", 443),
        _ => ("rtmp", 1935),
    };
    let host = match socket_address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    Some(match socket_address.port() {
        port if port == default_port => format!("{scheme}://{host}/live/{name}"),
        port => format!("{scheme}://{host}:{port}/live/{name}"),
    })
}
