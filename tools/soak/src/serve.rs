//! `--serve-only`: our own server, in a process of its own.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rendercast::config::{ConnectionLimits, Queues};
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::media::flv;
use rendercast::tls::{Certificate, Certificates};
use rendercast::vod::{FileHandler, Library};
use rendercast::{Server, ServerConfig};

use crate::live::Live;
use crate::options::Options;
use crate::synthetic;

/// What the stream is called; any other name would do.
const NAME: &str = "soak";

/// Serves the file of `options`, else the synthetic stream, on `address`: prints the URLs that it
/// is played from as the first lines of standard output, one for each scheme, and returns when
/// standard input ends.
pub(crate) fn serve(address: SocketAddr, options: &Options) -> Result<()> {
    // All viewers come from one address here, and how many there are is the user's choice.
    let limits = ConnectionLimits::default();
    let limits = limits.total(usize::MAX).per_address(usize::MAX).accept_rate(u32::MAX);
    let limits = limits.tunnels(usize::MAX).tunnels_per_address(usize::MAX);
    let config = ServerConfig::default().connections(limits);
    let config = match options.socket_bytes {
        Some(bytes) => config.queues(Queues::default().socket_bytes(bytes)),
        None => config,
    };
    // The viewers verify nothing.
    let certificate = Certificate::self_signed(["127.0.0.1"])?;
    let config = config.tls(Certificates::load([certificate])?);
    let server = Server::new(config);
    if let Some(folder) = options.file.as_ref().filter(|path| path.is_dir()) {
        server.install(FileHandler::new(Library::folder(folder)?));
    } else if options.publish {
        server.install(LiveHandler::new(LiveConfig::default()));
    } else if options.shared {
        server.install(Live::show(Arc::new(open(options)?), options.file.is_none())?);
    } else {
        let file = Arc::new(open(options)?);
        server.install(FileHandler::new(Library::memory([(NAME.to_owned(), file.into())])));
    }
    for scheme in &options.schemes {
        server.start(&format!("{scheme}://{address}"))?;
    }
    for address in server.listen_addresses() {
        println!("{address}/live/{NAME}");
    }
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new()).context("standard input cannot be read")?;
    server.shutdown();
    Ok(())
}

fn open(options: &Options) -> Result<flv::File> {
    if let Some(path) = &options.file {
        return flv::File::open(path).with_context(|| path.display().to_string());
    }
    let mut bytes = Vec::new();
    synthetic::write(options.synthetic_seconds(), &mut bytes)?;
    Ok(flv::File::from_bytes(bytes.into())?)
}
