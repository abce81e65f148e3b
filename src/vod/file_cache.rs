//! The files on disk that are played, each opened once.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use crate::media::block_cache::BlockCache;
use crate::media::flv::Skipped;
use crate::media::{Film, FilmError, WeakFilm};
use crate::peer_log::peer_log;
use crate::sync::lock;

/// The number of files whose index is kept while they are not played: clients ask for a file's
/// length before they play it.
const KEPT: usize = 16;

/// The files on disk that are played, each opened and indexed once.
///
/// Each path has a lock of its own: opening a file delays only those who ask for it.
#[derive(Debug)]
pub(super) struct FileCache {
    files: Mutex<HashMap<PathBuf, Arc<Mutex<CachedFile>>>>,
    /// The files that were opened last.
    kept: Mutex<Vec<Film>>,
    blocks: Arc<BlockCache>,
}

#[derive(Debug, Default)]
struct CachedFile {
    version: Option<Version>,
    film: WeakFilm,
    /// The number of damaged places that were logged.
    logged: u64,
}

/// What changes on disk when the file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    /// Which file it is, if the system tells.
    identity: Option<(u64, u64)>,
    length: u64,
    modified: Option<SystemTime>,
}

impl Version {
    fn of(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let identity = None;
        Self { identity, length: metadata.len(), modified: metadata.modified().ok() }
    }

    /// Returns whether this may be a later version of the file that was `before`, with more behind.
    fn may_continue(&self, before: &Self) -> bool {
        self.identity == before.identity && self.length > before.length
    }
}

impl FileCache {
    /// Makes a cache that keeps up to `block_bytes` of files in memory.
    pub(super) fn new(block_bytes: usize) -> Self {
        Self {
            files: Mutex::default(),
            kept: Mutex::default(),
            blocks: Arc::new(BlockCache::new(block_bytes)),
        }
    }

    /// Returns the file at `path`, opened anew if it was replaced. Blocks while another thread
    /// opens the same file.
    pub(super) fn get(&self, path: &Path) -> Result<Film, FilmError> {
        let version = version(path)?;
        let cached = self.cached(path);
        let mut cached = lock(&cached);
        if cached.version == Some(version)
            && let Some(film) = cached.film.upgrade()
        {
            cached.log_damage(path, &film);
            return Ok(film);
        }
        self.load(&mut cached, path)
    }

    /// Opens the file, or finds out that the open one has grown. Kept apart, since it takes much of
    /// a thread's stack.
    #[inline(never)]
    fn load(&self, cached: &mut CachedFile, path: &Path) -> Result<Film, FilmError> {
        let input = fs::File::open(path)?;
        let version = Version::of(&input.metadata()?);
        let has_grown = cached.version.is_some_and(|before| version.may_continue(&before));
        let open = cached.film.upgrade().filter(|film| has_grown && film.goes_on());
        let film = match open {
            Some(film) => film,
            None => {
                cached.logged = 0;
                let film = Film::open_in(input, Arc::clone(&self.blocks))?;
                log_end(path, &film);
                film
            }
        };
        (cached.version, cached.film) = (Some(version), film.downgrade());
        cached.log_damage(path, &film);
        self.keep(&film);
        Ok(film)
    }

    fn cached(&self, path: &Path) -> Arc<Mutex<CachedFile>> {
        let mut files = lock(&self.files);
        if let Some(cached) = files.get(path) {
            return Arc::clone(cached);
        }
        files.retain(|_, cached| Arc::strong_count(cached) > 1 || lock(cached).is_in_use());
        Arc::clone(files.entry(path.to_owned()).or_default())
    }

    fn keep(&self, film: &Film) {
        let mut kept = lock(&self.kept);
        kept.retain(|other| !other.is_same(film));
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(film.clone());
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        lock(&self.files).len()
    }
}

impl CachedFile {
    fn is_in_use(&self) -> bool {
        self.film.is_in_use()
    }

    /// Logs the damaged places that were found since the last call.
    fn log_damage(&mut self, path: &Path, film: &Film) {
        let Skipped { places, bytes, first } = film.skipped();
        if places > self.logged {
            self.logged = places;
            peer_log!(
                Warn,
                format_args!("{}", path.display()),
                "is damaged in {places} places, the first at byte {first}; \
                 {bytes} bytes are skipped"
            );
        }
    }
}

#[inline(never)]
fn version(path: &Path) -> Result<Version, FilmError> {
    Ok(Version::of(&fs::metadata(path)?))
}

fn log_end(path: &Path, film: &Film) {
    if let Some(damage) = film.damage() {
        let file = format_args!("{}", path.display());
        peer_log!(Warn, file, "{damage}; it is played up to there");
    }
}
