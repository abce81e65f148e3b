//! Keeps files in memory while they are played.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::SystemTime;

use crate::media::flv;
use crate::sync::lock;

/// The copies in memory of files on disk, one of each file.
///
/// Each path has a lock of its own: reading a large file delays only those who ask for it.
#[derive(Debug, Default)]
pub(super) struct FileCache {
    files: Mutex<HashMap<PathBuf, Arc<Mutex<CachedFile>>>>,
}

#[derive(Debug, Default)]
struct CachedFile {
    version: Option<Version>,
    copy: Weak<flv::File>,
}

/// What changes on disk when the file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    length: u64,
    modified: Option<SystemTime>,
}

impl FileCache {
    /// Returns the file at `path`, read anew if it has changed. Blocks while another thread reads
    /// the same file.
    pub(super) fn get(&self, path: &Path) -> Result<Arc<flv::File>, flv::Error> {
        lock(&self.cached(path)).get(path)
    }

    fn cached(&self, path: &Path) -> Arc<Mutex<CachedFile>> {
        let mut files = lock(&self.files);
        if let Some(cached) = files.get(path) {
            return Arc::clone(cached);
        }
        files.retain(|_, cached| Arc::strong_count(cached) > 1 || lock(cached).is_in_use());
        Arc::clone(files.entry(path.to_owned()).or_default())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        lock(&self.files).len()
    }
}

impl CachedFile {
    fn get(&mut self, path: &Path) -> Result<Arc<flv::File>, flv::Error> {
        let input = fs::File::open(path)?;
        let metadata = input.metadata()?;
        let version = Version { length: metadata.len(), modified: metadata.modified().ok() };
        if self.version == Some(version)
            && let Some(copy) = self.copy.upgrade()
        {
            return Ok(copy);
        }
        let copy = Arc::new(flv::File::read(input)?);
        report_damage(path, &copy);
        *self = Self { version: Some(version), copy: Arc::downgrade(&copy) };
        Ok(copy)
    }

    fn is_in_use(&self) -> bool {
        self.copy.strong_count() > 0
    }
}

fn report_damage(path: &Path, file: &flv::File) {
    let path = path.display();
    let flv::Skipped { places, bytes, first } = file.skipped();
    if places > 0 {
        log::warn!(
            "{path} is damaged in {places} places, the first at byte {first}; \
             {bytes} bytes are skipped"
        );
    }
    if let Some(damage) = file.damage() {
        log::warn!("{path}: {damage}; it is played up to there");
    }
}
