//! Real players: ffplay processes without a screen and without a sound card.

use std::io;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rendercast::client::Url;

/// How long a player may take to end when asked to.
const PATIENCE: Duration = Duration::from_secs(3);

/// The ffplay processes of a test.
#[derive(Debug, Default)]
pub(crate) struct Players {
    running: Vec<Child>,
    pub(crate) started: usize,
    /// Left while they were meant to play.
    pub(crate) exited: usize,
    /// Had to be killed at the end.
    pub(crate) killed: usize,
}

impl Players {
    /// Starts that many players of `url`.
    pub(crate) fn start(url: &Url, count: usize) -> Result<Self> {
        let mut players = Self::default();
        for _ in 0..count {
            players.running.push(spawn(url).context("ffplay cannot be started; is it installed?")?);
            players.started += 1;
        }
        Ok(players)
    }

    /// How many are playing now; those that have left are counted out.
    pub(crate) fn count(&mut self) -> usize {
        let before = self.running.len();
        self.running.retain_mut(|player| matches!(player.try_wait(), Ok(None)));
        self.exited += before - self.running.len();
        self.running.len()
    }

    /// Asks all to end, and kills those that do not: ffmpeg's RTMP client can be deaf to it.
    pub(crate) fn stop(&mut self) {
        self.count();
        for player in &self.running {
            let _ = Command::new("kill").arg(player.id().to_string()).status();
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline
            && self.running.iter_mut().any(|player| matches!(player.try_wait(), Ok(None)))
        {
            thread::sleep(Duration::from_millis(50));
        }
        for mut player in self.running.drain(..) {
            if matches!(player.try_wait(), Ok(None)) {
                let _ = player.kill();
                self.killed += 1;
            }
            let _ = player.wait();
        }
    }
}

impl Drop for Players {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(url: &Url) -> io::Result<Child> {
    Command::new("ffplay")
        .args(["-loglevel", "error", "-autoexit", &url.to_string()])
        .env("SDL_VIDEODRIVER", "dummy")
        .env("SDL_AUDIODRIVER", "dummy")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
