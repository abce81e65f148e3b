//! The servers that are compared, each a process of its own.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rendercast::config::ConnectionLimits;
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::{LiveStreamConfig, Server, ServerConfig};
use tempfile::TempDir;

use crate::round::Plan;

/// Where Debian's package has the module of nginx. The environment may name another place.
const NGINX_MODULE: &str = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
const NGINX_MODULE_VARIABLE: &str = "NGINX_RTMP_MODULE";
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// Bare sends, merged over so many milliseconds.
    Floor(u64),
    /// This crate, with that latency in milliseconds.
    Ours(u64),
    /// The same, but one thread sends to all viewers, however many there are.
    OneThread(u64),
    Nginx,
    /// A program that takes its address as its argument.
    Librtmp2(PathBuf),
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// The process that does the work.
    pub(crate) process: u32,
    child: Child,
    _folder: Option<TempDir>,
}

impl Contestant {
    /// Returns nginx-rtmp if it is installed.
    pub(crate) fn nginx() -> Option<Self> {
        let is_installed = nginx_module().exists();
        if !is_installed {
            println!("nginx-rtmp is not installed (libnginx-mod-rtmp) and takes no part");
        }
        is_installed.then_some(Self::Nginx)
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Floor(latency) => format!("floor {latency}"),
            Self::Ours(latency) => format!("ours {latency}"),
            Self::OneThread(latency) => format!("ours {latency}, one thread"),
            Self::Nginx => "nginx-rtmp".to_owned(),
            Self::Librtmp2(_) => "librtmp2".to_owned(),
        }
    }

    /// Starts the server. A floor begins when it has the viewers of the plan.
    pub(crate) fn start(&self, plan: &Plan) -> Result<Running> {
        let own = |arguments: &[&str]| {
            let mut command = command(plan, &std::env::current_exe()?);
            start_own(command.args(arguments))
        };
        match self {
            Self::Floor(latency) => {
                own(&["serve-floor", &latency.to_string(), &plan.viewers.to_string()])
            }
            Self::Ours(latency) => own(&["serve-ours", &latency.to_string()]),
            Self::OneThread(latency) => own(&["serve-one-thread", &latency.to_string()]),
            Self::Nginx => start_nginx(command(plan, Path::new("nginx"))),
            Self::Librtmp2(program) => {
                let address = free_address()?;
                let child = command(plan, program)
                    .arg(address.to_string())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()?;
                Running::new(child, address, None)
            }
        }
    }
}

/// Returns a command that runs a program on the cores of servers.
fn command(plan: &Plan, program: &Path) -> Command {
    let Some(cores) = &plan.server_cores else { return Command::new(program) };
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", cores]).arg(program);
    command
}

fn nginx_module() -> PathBuf {
    std::env::var_os(NGINX_MODULE_VARIABLE).unwrap_or_else(|| NGINX_MODULE.into()).into()
}

impl Running {
    fn new(child: Child, address: SocketAddr, folder: Option<TempDir>) -> Result<Self> {
        let process = child.id();
        let running = Self { address, process, child, _folder: folder };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                bail!("the server does not listen");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The others end with their only process. nginx's master ends its worker.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Starts this program as a server, which prints its address.
fn start_own(command: &mut Command) -> Result<Running> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let output = child.stdout.take().context("no output")?;
    BufReader::new(output).read_line(&mut line)?;
    let address = line.trim().parse().with_context(|| format!("no address: {line:?}"))?;
    Ok(Running { address, process: child.id(), child, _folder: None })
}

/// Serves `live/s` until the process is killed.
pub(crate) fn serve_ours(latency_ms: u64, streams: LiveStreamConfig) -> Result<()> {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let limits = ConnectionLimits::default().total(usize::MAX).per_address(usize::MAX);
    let limits = limits.accept_rate(u32::MAX);
    let server = Server::new(ServerConfig::default().connections(limits));
    let streams = streams.latency(Duration::from_millis(latency_ms));
    server.install(LiveHandler::new(LiveConfig::default().streams(streams)));
    server.start("127.0.0.1:0")?;
    let address = server.listen_addresses()[0].to_string();
    println!("{}", address.trim_start_matches("rtmp://"));
    loop {
        thread::park();
    }
}

fn start_nginx(mut command: Command) -> Result<Running> {
    let address = free_address()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().display();
    let mut config = String::new();
    writeln!(config, "load_module {};", nginx_module().display())?;
    writeln!(config, "daemon off; worker_processes 1; worker_rlimit_nofile 40000;")?;
    writeln!(config, "error_log {path}/error.log; pid {path}/nginx.pid;")?;
    writeln!(config, "events {{ worker_connections 20000; }}")?;
    writeln!(config, "rtmp {{ server {{ listen {address}; chunk_size 4096;")?;
    writeln!(config, "application live {{ live on; }} access_log off; }} }}")?;
    let file = folder.path().join("nginx.conf");
    fs::write(&file, config)?;
    let child = command.arg("-c").arg(&file).arg("-p").arg(folder.path()).spawn()?;
    let mut running = Running::new(child, address, Some(folder))?;
    let master = running.child.id();
    let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
    let worker = children.split_ascii_whitespace().next().context("nginx has no worker")?;
    running.process = worker.parse()?;
    Ok(running)
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
