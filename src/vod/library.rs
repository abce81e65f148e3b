//! The files that can be played, by name.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;
use std::{fs, io};

use super::name;
use crate::media::flv;

/// The files that can be played, by name.
///
/// A file on disk is read when it is first asked for; one copy in memory serves all who play it,
/// and is freed with the last of them. Once it has changed on disk it is read anew for whoever asks
/// then, while others play on what they have.
///
/// ```
/// use std::sync::Arc;
///
/// use rendercast::media::flv;
/// use rendercast::vod::Library;
///
/// let file = Arc::new(flv::File::open("tests/assets/h264_aac.flv")?);
/// let library = Library::memory([("trailers/spring.flv".to_owned(), file)]);
/// assert_eq!(library.names(), ["trailers/spring.flv"]);
/// // rtmp://host/live/trailers/spring, as ffmpeg and as librtmp cut it in two.
/// assert!(library.find("live/trailers", "spring").is_ok());
/// assert!(library.find("live", "flv:trailers/spring?token=7").is_ok());
/// assert!(library.find("live", "../spring").is_err());
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Debug)]
pub struct Library {
    source: Source,
    shelf: Shelf,
}

#[derive(Debug)]
enum Source {
    /// One file on disk, under any name.
    File(PathBuf),
    /// The files below a folder, whose path is canonical.
    Folder(PathBuf),
    /// Files in memory.
    Memory(BTreeMap<String, Arc<flv::File>>),
}

/// Why a name leads to no file.
///
/// ```
/// use rendercast::vod::{FindError, Library};
///
/// let library = Library::memory([]);
/// let error = library.find("live", "demo").unwrap_err();
/// assert!(matches!(error, FindError::NotFound { .. }));
/// assert_eq!(error.to_string(), "there is no file \"live/demo\"");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// There is none of that name.
    #[error("there is no file {name:?}")]
    NotFound {
        /// What was asked for: app and name.
        name: String,
    },
    /// The name leads out of the folder, or means something else to a file system.
    #[error("the name {name:?} is refused: it does not stay within the folder")]
    Refused {
        /// What was asked for: app and name.
        name: String,
    },
    /// There is one, and it cannot be played.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// Where it is on the server: for the log, not for the client.
        path: PathBuf,
        /// What is wrong with it.
        cause: flv::Error,
    },
}

impl Library {
    /// One file on disk, which is served under whatever name a client asks for.
    ///
    /// Nothing is read yet: [`Library::find`] tells whether it can be.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::File(path.into()))
    }

    /// The files in a folder and in its subfolders, by their paths in it.
    ///
    /// Files that are added later are found too; symbolic links that lead out of the folder are
    /// refused.
    ///
    /// # Errors
    /// Where there is no such folder.
    pub fn folder(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        if !path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Self::new(Source::Folder(path)))
    }

    /// Files in memory, by name.
    pub fn memory(files: impl IntoIterator<Item = (String, Arc<flv::File>)>) -> Self {
        Self::new(Source::Memory(files.into_iter().collect()))
    }

    fn new(source: Source) -> Self {
        Self { source, shelf: Shelf::default() }
    }

    /// The file that a client means by `app` and `name`, however it cut the URL in two.
    ///
    /// Of app and name joined, the first component is the app, and the others are the file's path;
    /// if there is no such file, then also the app's name taken as a folder's, and the name alone.
    /// Queries are cut off, and so are the prefixes `flv:`, `mp4:` and `mp3:`; each path is tried as
    /// it is, with `.flv`, and with `.flv` in place of its extension.
    ///
    /// May read a whole file: not to be called while holding a lock. Two who ask for one file at
    /// once make it be read once.
    ///
    /// # Errors
    /// [`FindError`].
    pub fn find(&self, app: &str, name: &str) -> Result<Arc<flv::File>, FindError> {
        if let Source::File(path) = &self.source {
            return self.shelf.take(path);
        }
        let asked = || format!("{app}/{name}");
        let candidates =
            name::candidates(app, name).map_err(|_| FindError::Refused { name: asked() })?;
        let mut unreadable = None;
        for candidate in candidates {
            match self.look_up(&candidate) {
                Ok(file) => return Ok(file),
                Err(FindError::NotFound { .. }) => {}
                Err(FindError::Refused { .. }) => {
                    return Err(FindError::Refused { name: asked() });
                }
                // An MP4 file may lie beside the FLV file that is to be played for it.
                Err(error) => unreadable = unreadable.or(Some(error)),
            }
        }
        Err(unreadable.unwrap_or_else(|| FindError::NotFound { name: asked() }))
    }

    /// The names of all files there are, sorted: what a user may be shown. Of a folder, those whose
    /// names end in `.flv`, without those behind symbolic links to folders.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match &self.source {
            Source::File(path) => path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .into_iter()
                .collect(),
            Source::Folder(folder) => {
                let mut names = Vec::new();
                list(folder, "", &mut names);
                names.sort_unstable();
                names
            }
            Source::Memory(files) => files.keys().cloned().collect(),
        }
    }

    fn look_up(&self, candidate: &str) -> Result<Arc<flv::File>, FindError> {
        let not_found = || FindError::NotFound { name: candidate.to_owned() };
        match &self.source {
            Source::Memory(files) => files.get(candidate).cloned().ok_or_else(not_found),
            Source::Folder(folder) => match resolve(folder, candidate)? {
                Some(path) => self.shelf.take(&path),
                None => Err(not_found()),
            },
            Source::File(path) => self.shelf.take(path),
        }
    }
}

/// The canonical path of the file `candidate` below `folder`; none where there is no file.
fn resolve(folder: &Path, candidate: &str) -> Result<Option<PathBuf>, FindError> {
    let path = folder.join(candidate);
    let path = match fs::canonicalize(&path) {
        Ok(path) => path,
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => return Err(FindError::Unreadable { path, cause: error.into() }),
    };
    if !path.starts_with(folder) {
        return Err(FindError::Refused { name: candidate.to_owned() });
    }
    // To open a pipe would block, and a device need not end.
    Ok(path.is_file().then_some(path))
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
    )
}

/// Appends the FLV files in `folder`, which is `prefix` to the library.
fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    // A folder that may not be read has no names to show; its files are not found either.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), names);
        } else if name.to_ascii_lowercase().ends_with(".flv") && entry.path().is_file() {
            names.push(name);
        }
    }
}

/// The copies in memory of files on disk.
///
/// Each path has a lock of its own, so that a large file that is being read holds up only those
/// who ask for it.
#[derive(Debug, Default)]
struct Shelf {
    slots: Mutex<HashMap<PathBuf, Arc<Mutex<Slot>>>>,
}

#[derive(Debug, Default)]
struct Slot {
    version: Option<Version>,
    copy: Weak<flv::File>,
}

/// What changes on disk when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    length: u64,
    modified: Option<SystemTime>,
}

impl Shelf {
    fn take(&self, path: &Path) -> Result<Arc<flv::File>, FindError> {
        self.slot(path).lock().unwrap_or_else(PoisonError::into_inner).take(path).map_err(|cause| {
            match cause {
                flv::Error::Io(error) if is_absence(&error) => {
                    FindError::NotFound { name: path.display().to_string() }
                }
                cause => FindError::Unreadable { path: path.to_owned(), cause },
            }
        })
    }

    fn slot(&self, path: &Path) -> Arc<Mutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(path) {
            return Arc::clone(slot);
        }
        slots.retain(|_, slot| Arc::strong_count(slot) > 1 || is_played(slot));
        Arc::clone(slots.entry(path.to_owned()).or_default())
    }
}

fn is_played(slot: &Mutex<Slot>) -> bool {
    slot.lock().unwrap_or_else(PoisonError::into_inner).copy.strong_count() > 0
}

impl Slot {
    fn take(&mut self, path: &Path) -> Result<Arc<flv::File>, flv::Error> {
        let input = fs::File::open(path)?;
        let metadata = input.metadata()?;
        let version = Version { length: metadata.len(), modified: metadata.modified().ok() };
        if self.version == Some(version)
            && let Some(copy) = self.copy.upgrade()
        {
            return Ok(copy);
        }
        let copy = Arc::new(flv::File::read(input)?);
        *self = Self { version: Some(version), copy: Arc::downgrade(&copy) };
        Ok(copy)
    }
}

#[cfg(test)]
mod tests;
