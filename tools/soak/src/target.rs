//! The server under test: a foreign one, or our own in a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use rendercast::client::Url;

use crate::options::Options;
use crate::speech::Speech;

/// As many doors as there are schemes.
pub(crate) const MAX_DOORS: usize = 6;

/// Where viewers come in: one for each scheme that is tested.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) url: Url,
    pub(crate) speech: Speech,
    pub(crate) address: SocketAddr,
    /// The process behind this door alone, where there is one.
    pub(crate) process: Option<u32>,
    /// The films that the viewers choose from, if there are several.
    pub(crate) films: Option<Films>,
}

/// Several films of one length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Films {
    pub(crate) count: u32,
    pub(crate) seconds: u32,
}

/// Where to play from, and which processes to measure.
#[derive(Debug)]
pub(crate) struct Target {
    /// In the order of [`Options::doors`].
    pub(crate) doors: Vec<Door>,
    /// Empty where nothing can be measured.
    pub(crate) processes: Vec<u32>,
    servers: Vec<Child>,
    links: Option<Links>,
}

impl Target {
    /// The server of `--url`, else our own, started.
    pub(crate) fn prepare(options: &Options) -> Result<Self> {
        let links = Links::make(options)?;
        let mut target =
            Self { doors: Vec::new(), processes: Vec::new(), servers: Vec::new(), links };
        if let Some(url) = &options.url {
            let speech = Speech::Rtmp(url.scheme);
            target.doors.push(Door::at(url.clone(), speech, None)?);
            target.processes.clone_from(&options.server_pid);
            return Ok(target);
        }
        let speeches: Vec<_> = options.doors().into_iter().map(|(speech, _)| speech).collect();
        for speeches in speeches.chunks(if options.apart { 1 } else { MAX_DOORS }) {
            target.spawn(options, speeches)?;
        }
        Ok(target)
    }

    /// Whether the server is ours, and must be left by its viewers as they found it.
    pub(crate) const fn is_ours(&self) -> bool {
        !self.servers.is_empty()
    }

    /// Runs this program once more, as a server: only a process of its own can be measured apart
    /// from the viewers. It says where it plays, and goes when its standard input ends.
    fn spawn(&mut self, options: &Options, speeches: &[Speech]) -> Result<()> {
        let names: Vec<_> = speeches.iter().map(|speech| speech.scheme().as_str()).collect();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve-only", "127.0.0.1:0", "--schemes", &names.join(",")]);
        command.args(["--synthetic", &options.synthetic_seconds().to_string()]);
        command.args(options.shared.then_some("--shared"));
        command.args(options.publish.then_some("--publish"));
        match &self.links {
            Some(links) => command.arg(&links.folder),
            None => command.args(&options.file),
        };
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("our server cannot be started")?;
        let process = server.id();
        let output = server.stdout.take().map(BufReader::new);
        self.servers.push(server);
        self.processes.push(process);
        let mut output = output.context("our server says nothing")?;
        for &speech in speeches {
            let url = read_url(&mut output)?;
            let mut door = Door::at(url, speech, options.apart.then_some(process))?;
            let films = Films { count: options.films, seconds: options.synthetic_seconds() };
            door.films = Some(films).filter(|films| films.count > 0);
            self.doors.push(door);
        }
        Ok(())
    }
}

impl Door {
    fn at(url: Url, speech: Speech, process: Option<u32>) -> Result<Self> {
        let address = url
            .address()
            .to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .with_context(|| format!("{} cannot be found", url.host))?;
        Ok(Self { url, speech, address, process, films: None })
    }
}

/// One file under several names, in a folder beside it that is removed at the end.
#[derive(Debug)]
struct Links {
    folder: PathBuf,
}

impl Links {
    fn make(options: &Options) -> Result<Option<Self>> {
        let Some(file) = options.file.as_ref().filter(|_| options.films > 0) else {
            return Ok(None);
        };
        let folder = file.with_extension(format!("films-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        let links = Self { folder };
        for film in 0..options.films {
            fs::hard_link(file, links.folder.join(format!("film{film}.flv")))?;
        }
        Ok(Some(links))
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn read_url(output: &mut BufReader<ChildStdout>) -> Result<Url> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    // A client's URL is one of RTMP. The host and the path are the same for HTTP.
    let Ok(url) = line.trim().replace("http://", "rtmp://").parse() else {
        bail!("our server did not start; what it says of it stands above");
    };
    Ok(url)
}

impl Drop for Target {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
