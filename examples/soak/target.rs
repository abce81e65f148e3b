//! The server under test: a foreign one, or our own in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use rendercast::client::Url;

use crate::options::Options;

/// Where to play from, and which processes to measure.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) address: SocketAddr,
    /// Empty where nothing can be measured.
    pub(crate) processes: Vec<u32>,
    server: Option<Child>,
}

impl Target {
    /// The server of `--url`, else our own, started.
    pub(crate) fn prepare(options: &Options) -> Result<Self> {
        match &options.url {
            Some(url) => Self::at(url.clone(), options.server_pid.clone(), None),
            None => Self::spawn(options),
        }
    }

    /// Whether the server is ours, and must be left by its viewers as they found it.
    pub(crate) const fn is_ours(&self) -> bool {
        self.server.is_some()
    }

    /// Runs this program once more, as a server: only a process of its own can be measured apart
    /// from the viewers. It says where it plays, and goes when its standard input ends.
    fn spawn(options: &Options) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve-only", "127.0.0.1:0"]);
        command.args(["--synthetic", &options.synthetic_seconds().to_string()]);
        command.args(&options.file);
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("our server cannot be started")?;
        let mut line = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let Ok(url) = line.trim().parse() else {
            let _ = server.kill();
            let _ = server.wait();
            bail!("our server did not start; what it says of it stands above");
        };
        let process = server.id();
        Self::at(url, vec![process], Some(server))
    }

    fn at(url: Url, processes: Vec<u32>, server: Option<Child>) -> Result<Self> {
        let address = url
            .address()
            .to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .with_context(|| format!("{} cannot be found", url.host))?;
        Ok(Self { url, address, processes, server })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
