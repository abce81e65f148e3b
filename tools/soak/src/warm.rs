//! The visits that warm a server of films, before anything is measured.
//!
//! Such a server keeps on purpose what the next viewer needs: open files, their indexes, a cache of
//! blocks. What it holds when these are full is what it must return to.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rendercast::client::{Config, Player, Url};
use rendercast::media::TagKind;
use rendercast::protocol::PlayFrom;

use crate::procfs::Usage;
use crate::random::Random;
use crate::target::{Films, Target};
use crate::watch::is_key_frame;

/// The server is warm if its memory has not grown by more than this, in KiB, in so many visits.
const STILL_KIB: u64 = 512;
const STILL_VISITS: u32 = 64;

/// No server needs more visits than this.
const MAX_VISITS: u32 = 2_000;

/// How long the first look at a film of any length may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the server may take until the visitors are gone.
const DRAIN_PATIENCE: Duration = Duration::from_secs(15);

/// What a server held before its viewers came, and how it got there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warmth {
    /// What it held when it had only been started.
    pub(crate) cold: Usage,
    /// What it held after the visits.
    pub(crate) warm: Usage,
    pub(crate) visits: u32,
    pub(crate) took: Duration,
}

/// Lets one viewer after the other look at any place of any film until the server's memory stays
/// as it is. A server of one stream is left as it is.
pub(crate) fn warm(target: &Target) -> Result<Warmth> {
    let start = Instant::now();
    let usage = || Usage::of(&target.processes);
    let cold = usage();
    let mut visits = 0;
    if let Some(films) = target.doors[0].films {
        let mut random = Random::new(2);
        let mut before = cold.resident_kib;
        while visits < MAX_VISITS {
            visit(&target.doors[0].url, films, visits, &mut random)?;
            visits += 1;
            if visits.is_multiple_of(STILL_VISITS) {
                let now = usage().resident_kib;
                if now <= before + STILL_KIB && visits >= films.count {
                    break;
                }
                before = now;
            }
        }
        let deadline = Instant::now() + DRAIN_PATIENCE;
        while usage().threads > cold.threads && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }
    // A thread that has not ended by now is one too many.
    let warm = Usage { threads: cold.threads, ..usage() };
    Ok(Warmth { cold, warm, visits, took: start.elapsed() })
}

/// Sees one key frame of a film, somewhere.
fn visit(url: &Url, films: Films, number: u32, random: &mut Random) -> Result<()> {
    let mut url = url.clone();
    url.name = format!("film{}", number % films.count);
    let start = Duration::from_secs(random.between(0, films.seconds.into()));
    let config = Config::default()
        .play_from(PlayFrom::At(start))
        .reply_timeout(PATIENCE)
        .silence_timeout(PATIENCE);
    for tag in Player::open_with(&url, config)? {
        let tag = tag?;
        if tag.kind == TagKind::Video && is_key_frame(&tag.payload) {
            return Ok(());
        }
    }
    None.with_context(|| format!("{} ended before its first key frame", url.name))
}
