//! The files of one recording, one after the other.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::config::RecordConfig;
use super::destination::{Destination, Paths};
use super::event::RecordEvent;
use super::part_file::PartFile;
use crate::hub::{Frame, StreamHeaders};
use crate::media::flv::members_of_metadata;
use crate::media::{TagClass, TagKind};
use crate::peer_log::peer_log;
use crate::protocol::Timestamp;

/// The files of one recording, one after the other. A file begins with the first frame for it.
#[derive(Debug)]
pub(super) struct Recording {
    config: RecordConfig,
    destination: Destination,
    headers: StreamHeaders,
    file: Option<PartFile>,
    frames: u64,
    files: u64,
}

/// What could not be written, and why.
#[derive(Debug)]
pub(super) struct Failure {
    path: PathBuf,
    error: io::Error,
}

impl Recording {
    pub(super) fn new(stream: &str, config: RecordConfig) -> Self {
        let destination = Destination::new(config.folder.clone(), stream, config.existing);
        let headers = StreamHeaders::default();
        Self { config, destination, headers, file: None, frames: 0, files: 0 }
    }

    /// Writes a frame. Begins a file if there is none, or if the present one is long enough.
    ///
    /// # Errors
    /// The system refused to make or to write a file.
    pub(super) fn write(&mut self, frame: Frame) -> Result<(), Failure> {
        self.headers.note(&frame);
        if self.file.as_ref().is_some_and(|file| self.is_long_enough(file, &frame)) {
            self.complete()?;
        }
        if self.file.is_none() {
            if !begins_file(&frame) {
                return Ok(());
            }
            self.begin_file(frame.tag.timestamp)?;
        }
        self.frames = self.frames.saturating_add(1);
        self.with_file(|file| file.write(frame.tag))
    }

    /// Writes to the disk's cache what was kept back.
    ///
    /// # Errors
    /// The system refused it.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.with_file(PartFile::flush)
    }

    /// Completes the present file, if there is one.
    ///
    /// # Errors
    /// The system refused it.
    pub(super) fn complete(&mut self) -> Result<(), Failure> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        match file.complete() {
            Ok(path) => {
                self.report_complete(path, &file);
                Ok(())
            }
            Err(error) => {
                let path = file.path().to_owned();
                self.file = Some(file);
                Err(Failure { path, error })
            }
        }
    }

    /// Completes the present file with what was written of it, and reports why it ends.
    pub(super) fn fail(&mut self, failure: Failure) {
        let mut path = failure.path;
        if let Some(mut file) = self.file.take()
            && let Ok(complete) = file.salvage()
        {
            path = complete;
        }
        (self.config.on_event)(&RecordEvent::Failed { path, reason: failure.error.to_string() });
    }

    /// Returns the number of files that were begun, and that of the tags of the stream in them.
    pub(super) const fn counts(&self) -> (u64, u64) {
        (self.files, self.frames)
    }

    fn is_long_enough(&self, file: &PartFile, frame: &Frame) -> bool {
        let is_key_frame = frame.class == TagClass::KeyFrame;
        let time = file.time_of(frame.tag.timestamp).0;
        let is_full = u128::from(time) >= self.config.max_duration.as_millis()
            || file.length() >= self.config.max_bytes;
        is_full && file.may_end_before(is_key_frame, frame.tag.kind)
    }

    fn begin_file(&mut self, first: Timestamp) -> Result<(), Failure> {
        let shown = self.destination.shown();
        let mut file = self.create().map_err(|error| Failure { path: shown, error })?;
        file.start_at(first);
        self.files = self.files.saturating_add(1);
        (self.config.on_event)(&RecordEvent::Started { path: file.path().to_owned() });
        self.file = Some(file);
        let tracks: Vec<Frame> =
            self.headers.iter().filter(|header| header.class.is_header()).cloned().collect();
        for mut header in tracks {
            header.tag.timestamp = first;
            self.with_file(|file| file.write(header.tag))?;
        }
        Ok(())
    }

    /// Makes the next file, or opens the one that it continues.
    fn create(&mut self) -> io::Result<PartFile> {
        let Some(earlier) = self.destination.continued_file() else { return self.create_empty() };
        self.go_on(&earlier).or_else(|error| {
            let who = format_args!("{}", earlier.display());
            peer_log!(Warn, who, "cannot be continued, and stays as it is: {error}");
            self.destination.keep_existing();
            self.create_empty()
        })
    }

    /// Goes on with an earlier file. One of another program is copied.
    fn go_on(&mut self, earlier: &Path) -> io::Result<PartFile> {
        if let Some(file) = PartFile::resume(Paths::in_place(earlier.to_owned()))? {
            self.destination.count_continued();
            return Ok(file);
        }
        let mut file = self.create_empty()?;
        if let Err(error) = file.copy(earlier) {
            fs::remove_file(file.path())?;
            return Err(error);
        }
        Ok(file)
    }

    fn create_empty(&mut self) -> io::Result<PartFile> {
        let has = |kind| self.headers.iter().any(|header| header.tag.kind == kind);
        let metadata = self.headers.iter().find(|header| header.class == TagClass::Metadata);
        let members = metadata.and_then(|metadata| members_of_metadata(&metadata.tag.payload));
        PartFile::new(
            self.destination.create()?,
            &members.unwrap_or_default(),
            has(TagKind::Audio),
            has(TagKind::Video),
        )
    }

    fn with_file(
        &mut self,
        work: impl FnOnce(&mut PartFile) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let Some(file) = &mut self.file else { return Ok(()) };
        work(file).map_err(|error| Failure { path: file.path().to_owned(), error })
    }

    fn report_complete(&self, path: PathBuf, file: &PartFile) {
        let (duration, bytes) = (file.duration(), file.length());
        (self.config.on_event)(&RecordEvent::Completed { path, duration, bytes });
    }
}

/// Returns whether a file may begin with the frame: headers are written ahead of it, and pictures
/// that need others are of no use.
const fn begins_file(frame: &Frame) -> bool {
    matches!(frame.class, TagClass::KeyFrame | TagClass::Audio | TagClass::UnknownVideo)
}
