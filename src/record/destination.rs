//! Where the files of a recording go, and what they are called.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::config::ExistingFile;
use super::file_name::file_name;

/// The ending of complete files.
const ENDING: &str = "flv";

/// The most numbers that are tried for one name.
const MAX_NUMBER: u32 = 1_000_000;

/// The folder and the name of a recording's files.
#[derive(Debug)]
pub(super) struct Destination {
    folder: PathBuf,
    stem: String,
    existing: ExistingFile,
    /// The number of the last file.
    number: u32,
}

/// The two paths of a file.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    /// The path while it is written. The same as the other for a file that goes on.
    pub(super) part: PathBuf,
    /// The path once it is complete.
    complete: PathBuf,
    replaces: bool,
}

impl Destination {
    pub(super) fn new(folder: PathBuf, stream: &str, existing: ExistingFile) -> Self {
        Self { folder, stem: file_name(stream), existing, number: 0 }
    }

    /// Returns the path of the next file, for a message about it.
    pub(super) fn shown(&self) -> PathBuf {
        self.complete(self.number.saturating_add(1))
    }

    /// Makes the next file, under its temporary name.
    ///
    /// # Errors
    /// The folder cannot be made, or not written to.
    pub(super) fn create(&mut self) -> io::Result<(File, Paths)> {
        fs::create_dir_all(&self.folder)?;
        let keeps = self.existing == ExistingFile::Keep;
        let first = self.number.saturating_add(1);
        for number in first..first.saturating_add(MAX_NUMBER) {
            // Files that are kept are numbered. Of those that are not, only the temporary name is:
            // another recording may write the same, or one that was killed may have left its own.
            let (complete, part_number) = match keeps {
                true => (self.complete(number), 1),
                false => (self.complete(first), number.saturating_sub(first).saturating_add(1)),
            };
            if keeps && complete.exists() {
                continue;
            }
            let part = part(&complete, part_number);
            if let Some(file) = create_new(&part)? {
                self.number = if keeps { number } else { first };
                return Ok((file, Paths { part, complete, replaces: !keeps }));
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "every number of the name is taken"))
    }

    /// Returns the last file of earlier recordings, if the first file of this one continues it.
    pub(super) fn continued_file(&mut self) -> Option<PathBuf> {
        if self.existing != ExistingFile::Append || self.number > 0 {
            return None;
        }
        let last = (1..MAX_NUMBER).take_while(|number| self.complete(*number).exists()).last()?;
        self.number = last.saturating_sub(1);
        Some(self.complete(last))
    }

    /// Counts the [continued](Self::continued_file) file as one of this recording.
    pub(super) const fn count_continued(&mut self) {
        self.number = self.number.saturating_add(1);
    }

    /// Gives all further files numbers that are free.
    pub(super) const fn keep_existing(&mut self) {
        self.existing = ExistingFile::Keep;
    }

    fn complete(&self, number: u32) -> PathBuf {
        let name = match number {
            1 => format!("{}.{ENDING}", self.stem),
            _ => format!("{}~{number}.{ENDING}", self.stem),
        };
        self.folder.join(name)
    }
}

impl Paths {
    /// Returns the paths of a file that goes on where it is.
    pub(super) fn in_place(path: PathBuf) -> Self {
        Self { part: path.clone(), complete: path, replaces: true }
    }

    /// Gives a complete file its final name, and returns that.
    ///
    /// # Errors
    /// It cannot be renamed, or there is a file now that must be kept.
    pub(super) fn complete(&self) -> io::Result<PathBuf> {
        if !self.replaces && self.complete.exists() {
            let reason = format!("another program has made {}", self.complete.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
        }
        if self.part != self.complete {
            fs::rename(&self.part, &self.complete)?;
        }
        Ok(self.complete.clone())
    }
}

fn part(complete: &Path, number: u32) -> PathBuf {
    let mut part = complete.as_os_str().to_owned();
    part.push(".part");
    if number > 1 {
        part.push(number.to_string());
    }
    part.into()
}

/// Makes a file. Returns `None` if there is one.
fn create_new(path: &Path) -> io::Result<Option<File>> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Destination, ExistingFile};

    /// Makes a file, and completes it. Returns its name.
    fn record(destination: &mut Destination) -> String {
        let (_, paths) = destination.create().unwrap();
        let path = paths.complete().unwrap();
        path.file_name().unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn files_that_are_kept_are_numbered() {
        let folder = tempfile::tempdir().unwrap();
        let new = |existing| Destination::new(folder.path().join("deep/er"), "live/key", existing);
        let mut first = new(ExistingFile::Keep);
        assert_eq!(record(&mut first), "live+key.flv");
        assert_eq!(record(&mut first), "live+key~2.flv");
        let (_, unfinished) = first.create().unwrap();
        assert_eq!(record(&mut new(ExistingFile::Keep)), "live+key~4.flv");
        unfinished.complete().unwrap();
        assert_eq!(fs::read_dir(folder.path().join("deep/er")).unwrap().count(), 4);
    }

    #[test]
    fn files_that_are_replaced_keep_their_name() {
        let folder = tempfile::tempdir().unwrap();
        let new = || Destination::new(folder.path().to_owned(), "key", ExistingFile::Replace);
        let (_, left_over) = new().create().unwrap();
        assert!(left_over.part.ends_with("key.flv.part"));
        for _ in 0..2 {
            let mut destination = new();
            assert_eq!(record(&mut destination), "key.flv");
            assert_eq!(record(&mut destination), "key~2.flv");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn the_last_file_is_continued() {
        let folder = tempfile::tempdir().unwrap();
        let new = |existing| Destination::new(folder.path().to_owned(), "key", existing);
        assert_eq!(new(ExistingFile::Append).continued_file(), None);
        let mut before = new(ExistingFile::Keep);
        record(&mut before);
        record(&mut before);
        assert_eq!(new(ExistingFile::Replace).continued_file(), None);
        let mut destination = new(ExistingFile::Append);
        assert_eq!(destination.continued_file(), Some(folder.path().join("key~2.flv")));
        assert_eq!(record(&mut destination), "key~2.flv");
        assert_eq!(destination.continued_file(), None);
        assert_eq!(record(&mut destination), "key~3.flv");
    }
}
