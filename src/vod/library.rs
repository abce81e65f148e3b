//! The files that can be played, by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::file_cache::FileCache;
use super::folder::{self, PathError};
use super::name::{self, Candidates};
use crate::media::{Film, FilmError};

/// How much of the files on disk is in memory, in bytes.
const CACHE_BYTES: usize = 64 << 20;

/// The files that can be played, by name.
///
/// A file on disk is opened when a client asks for it, and stays on disk. All players of all files
/// share one cache of 64 MiB: see [`Library::cache_bytes`]. The index of a file takes less than
/// 1 MiB, and playing need not wait for all of it.
///
/// A file that grows is played to its end, which comes when it has not grown for 10 s. If a file is
/// replaced, the next client gets the new one, and others play on with the old one. If a file is
/// cut off while it is played, its players are told of its end.
///
/// ```
/// use rendercast::media::Film;
/// use rendercast::vod::Library;
///
/// let film = Film::open("tests/assets/h264_aac.flv")?;
/// let library = Library::memory([("trailers/spring.flv".to_owned(), film)]);
/// assert_eq!(library.names(), ["trailers/spring.flv"]);
/// // rtmp://host/live/trailers/spring, as ffmpeg and as librtmp cut it in two.
/// assert!(library.find("live/trailers", "spring").is_ok());
/// let found = library.find("live", "flv:trailers/spring?token=7")?;
/// assert_eq!(found.name, "trailers/spring.flv");
/// assert!(library.find("live", "../spring").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Library {
    source: Source,
    cache: FileCache,
}

#[derive(Debug)]
enum Source {
    /// One file on disk, under any name.
    File(PathBuf),
    /// The files below a folder, whose path is canonical.
    Folder(PathBuf),
    /// Files in memory.
    Memory(BTreeMap<String, Film>),
}

/// A file that a client asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// The file's one name, however the client wrote it: one of [`Library::names`]. Rules about
    /// names must look at this one.
    pub name: String,
    /// The file.
    pub file: Film,
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
    /// No file has that name.
    #[error("there is no file {name:?}")]
    NotFound {
        /// App and name as the client sent them.
        name: String,
    },
    /// The name leads out of the folder, or has a special meaning to the file system.
    #[error("the name {name:?} is refused: it does not stay within the folder")]
    Refused {
        /// App and name as the client sent them.
        name: String,
    },
    /// The file cannot be played.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// The file's path on the server: for the log, not for the client.
        path: PathBuf,
        /// What is wrong with it.
        cause: FilmError,
    },
}

impl Library {
    /// Makes a library of one file on disk, which is found under any name.
    ///
    /// Reads nothing yet: [`Library::find`] finds out whether the file can be read.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::File(path.into()))
    }

    /// Makes a library of the files in a folder and its subfolders, by their paths in it.
    ///
    /// Files that are added later are found too. Symbolic links that lead out of the folder are
    /// refused.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be read.
    pub fn folder(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        if !path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Self::new(Source::Folder(path)))
    }

    /// Makes a library of files in memory, by name.
    pub fn memory(files: impl IntoIterator<Item = (String, Film)>) -> Self {
        Self::new(Source::Memory(files.into_iter().collect()))
    }

    fn new(source: Source) -> Self {
        Self { source, cache: FileCache::new(CACHE_BYTES) }
    }

    /// Sets how much of the files on disk may be in memory, in bytes. Defaults to 64 MiB.
    ///
    /// 256 KiB for each viewer are enough, and less if viewers watch the same parts. If it is too
    /// little, blocks are read several times. What is being sent counts beyond this.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: usize) -> Self {
        self.cache = FileCache::new(bytes);
        self
    }

    /// Finds the file that a client means by `app` and `name`, however it cut the URL in two.
    ///
    /// Joins both and takes the first component for the app, the others for the file's path. If
    /// there is no such file, takes the app's name for a folder's, then the name alone. Cuts off
    /// queries and the prefixes `flv:`, `mp4:` and `mp3:`, and decodes percent escapes. Tries each
    /// path as it is, with `.flv` appended, and with `.flv` in place of its extension. `.flv` may
    /// be in capitals. With the feature `mp4`, tries `.mp4`, `.m4v` and `.mov` next, or first if
    /// the client says `mp4:`.
    ///
    /// May block for as long as it takes to read the first 16 MiB of a file. Do not call it while
    /// holding a lock. Threads that ask for the same file at once wait for one of them to open it.
    ///
    /// # Errors
    /// [`FindError`].
    pub fn find(&self, app: &str, name: &str) -> Result<Found, FindError> {
        if let Source::File(path) = &self.source {
            return self.open(path.clone(), file_name(path));
        }
        let mut unreadable = None;
        for extensions in name::extensions(name) {
            let Ok(candidates) = Candidates::new(app, name, extensions) else {
                return Err(refused(app, name));
            };
            for candidate in candidates {
                match self.look_up(&candidate) {
                    Ok(found) => return Ok(found),
                    Err(FindError::NotFound { .. }) => {}
                    Err(FindError::Refused { .. }) => return Err(refused(app, name)),
                    // The client may mean the FLV file that lies beside an MP4 file.
                    Err(error) => unreadable = unreadable.or(Some(error)),
                }
            }
        }
        Err(unreadable.unwrap_or_else(|| FindError::NotFound { name: format!("{app}/{name}") }))
    }

    /// Returns the names of all files, sorted, to show them to users. Those of a folder end in
    /// `.flv` or, with the feature `mp4`, in `.mp4`, `.m4v` or `.mov`. Symbolic links to folders
    /// are not followed.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match &self.source {
            Source::File(path) => vec![file_name(path)],
            Source::Folder(path) => folder::list(path),
            Source::Memory(files) => files.keys().cloned().collect(),
        }
    }

    #[inline(never)]
    fn look_up(&self, candidate: &str) -> Result<Found, FindError> {
        let not_found = || FindError::NotFound { name: candidate.to_owned() };
        match &self.source {
            Source::Memory(files) => {
                let (name, film) = files.get_key_value(candidate).ok_or_else(not_found)?;
                Ok(Found { name: name.clone(), file: film.clone() })
            }
            Source::Folder(path) => match folder::resolve(path, candidate) {
                Ok((path, name)) => self.open(path, name),
                Err(PathError::NotFound) => Err(not_found()),
                Err(PathError::Outside) => Err(FindError::Refused { name: candidate.to_owned() }),
                Err(PathError::Io(path, error)) => {
                    Err(FindError::Unreadable { path, cause: error.into() })
                }
            },
            Source::File(path) => self.open(path.clone(), file_name(path)),
        }
    }

    fn open(&self, path: PathBuf, name: String) -> Result<Found, FindError> {
        match self.cache.get(&path) {
            Ok(file) => Ok(Found { name, file }),
            Err(error) if error.io().is_some_and(folder::is_absence) => {
                Err(FindError::NotFound { name: path.display().to_string() })
            }
            Err(cause) => Err(FindError::Unreadable { path, cause }),
        }
    }
}

#[cold]
fn refused(app: &str, name: &str) -> FindError {
    FindError::Refused { name: format!("{app}/{name}") }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
