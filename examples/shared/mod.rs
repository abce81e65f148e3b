//! What the examples share: reading the command line, Ctrl-C and URLs.
#![allow(dead_code, reason = "each example uses a part of it")]

use std::fmt::Display;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use rendercast::{ListenAddress, Scheme, Server};

/// The exit code for a command line that cannot be read.
const WRONG_USAGE: u8 = 2;

/// Reads the command line with `read` and runs the example `name`.
///
/// Prints an error as one line. The exit code is then 1, or 2 if the command line is wrong.
pub(crate) fn run<A>(
    name: &str,
    read: impl FnOnce(lexopt::Parser) -> Result<A, lexopt::Error>,
    example: impl FnOnce(&A) -> Result<()>,
) -> ExitCode {
    rendercast::spare_address_space();
    let log = env_logger::Env::default().default_filter_or(
        "warn,rendercast::live=info,rendercast::record=info,rendercast::relay=info",
    );
    env_logger::Builder::from_env(log).init();
    let arguments = match read(lexopt::Parser::from_env()) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{name}: {error}; --help lists the options");
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

/// Prints a line. Goes on if standard output is closed: the example serves all the same.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Returns the next argument. On `--help`, `-h` or `--version` it prints that, and ends the
/// process.
pub(crate) fn next_argument<'a>(
    parser: &'a mut lexopt::Parser,
    help: &str,
) -> Result<Option<lexopt::Arg<'a>>, lexopt::Error> {
    let argument = parser.next()?;
    if matches!(argument, Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h'))) {
        say(help);
        std::process::exit(0);
    }
    if matches!(argument, Some(lexopt::Arg::Long("version"))) {
        say(concat!("rendercast ", env!("CARGO_PKG_VERSION")));
        std::process::exit(0);
    }
    Ok(argument)
}

/// Returns a channel that receives once Ctrl-C is pressed, or SIGTERM or SIGHUP comes.
///
/// Call it before anything is printed: a script may send the signal as soon as it reads the URL.
pub(crate) fn interrupts() -> Result<crossbeam_channel::Receiver<()>> {
    let (interrupted, interrupts) = crossbeam_channel::bounded(1);
    ctrlc::set_handler(move || {
        // Fails if it is full: an earlier Ctrl-C is not read yet.
        let _ = interrupted.try_send(());
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(interrupts)
}

/// Listens on each of the addresses, or on port 1935 of every interface if there is none.
pub(crate) fn start(server: &Server, addresses: &[String]) -> Result<(), rendercast::StartError> {
    if addresses.is_empty() {
        server.start("")?;
    }
    addresses.iter().try_for_each(|address| server.start(address))
}

/// Returns the URL under which a player on this machine finds the stream `name`.
///
/// Returns `None` for a Unix socket, which players cannot open.
pub(crate) fn url(address: &ListenAddress, name: &str) -> Option<String> {
    let scheme = match address.scheme() {
        // Every player can speak it.
        Scheme::Auto => Scheme::Rtmp,
        scheme => scheme,
    };
    url_of(scheme, address, name)
}

/// Returns the URL of the page that shows the stream `name` in a browser on this machine.
///
/// Returns `None` if the server has no pages at that address.
pub(crate) fn page(address: &ListenAddress, name: &str) -> Option<String> {
    let scheme = match address.scheme() {
        Scheme::Auto if cfg!(feature = "web") => Scheme::Http,
        scheme @ (Scheme::Http | Scheme::Https) => scheme,
        _ => return None,
    };
    url_of(scheme, address, name)
}

fn url_of(scheme: Scheme, address: &ListenAddress, name: &str) -> Option<String> {
    let socket_address = address.socket_address()?;
    let host = match socket_address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let name = encode(name);
    Some(match socket_address.port() {
        port if port == scheme.default_port() => format!("{scheme}://{host}/live/{name}"),
        port => format!("{scheme}://{host}:{port}/live/{name}"),
    })
}

/// Percent-encodes all of a name that has a meaning to a shell, to a URL or to a player.
fn encode(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
