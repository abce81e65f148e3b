//! `--serve-only`: our own server, in a process of its own.

use std::net::SocketAddr;

use anyhow::{Result, bail};

use crate::options::Options;

/// Serves the file of `options`, else the synthetic stream, on `address`: prints the URL that it is
/// played from as the first line of standard output, and returns when standard input ends.
pub(crate) fn serve(address: SocketAddr, options: &Options) -> Result<()> {
    let _ = (address, options);
    bail!("this build has no server of its own yet: give --url")
}
