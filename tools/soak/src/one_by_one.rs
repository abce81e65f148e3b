//! `--one-by-one`: the time to the first key frame on an idle server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rendercast::client::{Config, Player};
use rendercast::media::TagKind;

use crate::report;
use crate::target::Target;

/// Lets `count` viewers see one key frame each, one after the other, and prints how long they wait.
pub(crate) fn run(target: &Target, count: usize) -> Result<()> {
    let waits = (0..count).map(|_| first_key_frame(target)).collect::<Result<Vec<_>>>()?;
    println!("first key frame, {count} viewers one by one  {}", report::latency(&waits));
    Ok(())
}

/// Connects, and returns how long the first key frame took.
pub(crate) fn first_key_frame(target: &Target) -> Result<Duration> {
    let start = Instant::now();
    for tag in Player::open_with(&target.doors[0].url, Config::default())? {
        let tag = tag?;
        if tag.kind == TagKind::Video && crate::watch::is_key_frame(&tag.payload) {
            return Ok(start.elapsed());
        }
    }
    None.context("the stream ended before its first key frame")
}
