//! `--publish`: a publisher that is killed again and again.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::options::Options;
use crate::synthetic;

/// The length of the synthetic film that is published, in seconds. It is repeated without an end.
const FILM_SECONDS: u32 = 30;

/// How long ffmpeg takes to begin. What the server holds before its viewers is measured then.
const BEGIN: Duration = Duration::from_secs(2);

/// ffmpeg, publishing a film in real time. It is killed and started again until this is dropped.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// Its drop ends the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// A film that was written for this.
    temporary: Option<PathBuf>,
}

impl Publisher {
    /// Starts to publish, and waits until that has begun.
    pub(crate) fn start(options: &Options, url: String) -> Result<Self> {
        let life = Duration::from_secs(options.kill_every.max(1));
        let temporary = match options.file {
            Some(_) => None,
            None => Some(write_film()?),
        };
        let film = options.file.clone().or_else(|| temporary.clone()).unwrap_or_default();
        let (end, ended) = mpsc::channel();
        let mut child = publish(&film, &url)?;
        let thread = thread::Builder::new().name("publisher".to_owned()).spawn(move || {
            while ended.recv_timeout(life) == Err(RecvTimeoutError::Timeout) {
                kill(&mut child);
                match publish(&film, &url) {
                    Ok(next) => child = next,
                    Err(error) => return eprintln!("{error:#}"),
                }
            }
            kill(&mut child);
        })?;
        thread::sleep(BEGIN);
        Ok(Self { end: Some(end), thread: Some(thread), temporary })
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if let Some(film) = &self.temporary {
            let _ = fs::remove_file(film);
        }
    }
}

fn write_film() -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("soak-{}.flv", std::process::id()));
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    synthetic::write(FILM_SECONDS, &mut out)?;
    out.flush()?;
    Ok(path)
}

fn publish(film: &Path, url: &str) -> Result<Child> {
    Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "fatal", "-re", "-stream_loop", "-1", "-i"])
        .arg(film)
        .args(["-c", "copy", "-f", "flv", url])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("ffmpeg, which publishes, cannot be started")
}

fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
