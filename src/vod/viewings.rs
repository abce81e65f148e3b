//! Who watches which file, and for how long.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::handler::{PeerAddress, Refusal};
use crate::sync::lock;

/// Is told who watches which file. Give it to
/// [`FileHandler::observe`](super::FileHandler::observe), or use [`Viewings`] in a play handler of
/// your own.
///
/// Called on the threads of connections and streams, so on several at once. It may block: only that
/// client waits.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use rendercast::vod::{FileHandler, Library, Viewing, ViewingHandler, Watched};
///
/// #[derive(Default)]
/// struct Accounts(AtomicU64);
///
/// impl ViewingHandler for Accounts {
///     fn end(&self, viewing: &Viewing, watched: Watched) {
///         println!("{} watched {} for {:?}", viewing.viewer, viewing.file, watched.time);
///         self.0.fetch_add(watched.bytes, Ordering::Relaxed);
///     }
/// }
///
/// let files = FileHandler::new(Library::memory([])).observe(Accounts::default());
/// # drop(files);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` observes no viewings",
    note = "implement `ViewingHandler` for a type of your own"
)]
pub trait ViewingHandler: Send + Sync {
    /// A client is about to watch a file. The default allows it.
    ///
    /// # Errors
    /// The refusal that the client is told. [`end`](Self::end) is not called then.
    fn begin(&self, _viewing: &Viewing) -> Result<(), Refusal> {
        Ok(())
    }

    /// The viewing has ended, however it did. Called once after each [`begin`](Self::begin) that
    /// allowed it.
    fn end(&self, viewing: &Viewing, watched: Watched);
}

/// One client that watches one file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Viewing {
    /// The address of the client.
    pub viewer: PeerAddress,
    /// The one name of the file, as [`Library::names`](super::Library::names) has it.
    pub file: String,
    /// From where the client asked for it.
    pub from: Duration,
}

/// How much was watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Watched {
    /// The time from the beginning to the end.
    pub time: Duration,
    /// The bytes of media that were sent or queued for the client.
    pub bytes: u64,
}

/// Counts the viewings of each file, bounds them, and tells a [`ViewingHandler`]. Its clones count
/// together.
#[derive(Clone, Default)]
pub struct Viewings(Arc<Inner>);

#[derive(Default)]
struct Inner {
    per_file: Option<usize>,
    handler: Option<Arc<dyn ViewingHandler>>,
    watching: Mutex<HashMap<String, usize>>,
}

/// A viewing that is under way. Dropping it ends it.
pub struct OpenViewing {
    viewings: Viewings,
    viewing: Viewing,
    began: Instant,
    bytes: u64,
}

impl Viewings {
    /// Makes a count that tells `handler`.
    #[must_use]
    pub fn new(handler: impl ViewingHandler + 'static) -> Self {
        Self(Arc::new(Inner { handler: Some(Arc::new(handler)), ..Inner::default() }))
    }

    /// Sets how many clients may watch one file at a time. Forgets what was counted. Defaults to no
    /// bound.
    #[must_use]
    pub fn per_file(self, viewers: usize) -> Self {
        let handler = self.0.handler.clone();
        Self(Arc::new(Inner { per_file: Some(viewers), handler, ..Inner::default() }))
    }

    pub(super) fn observed_by(self, handler: Arc<dyn ViewingHandler>) -> Self {
        let per_file = self.0.per_file;
        Self(Arc::new(Inner { per_file, handler: Some(handler), ..Inner::default() }))
    }

    /// Begins a viewing of `file` from `from` by the client at `viewer`. Keep what it returns until
    /// the client has ceased to watch.
    ///
    /// # Errors
    /// `NetStream.Play.Failed` if as many watch the file already as may, or what the handler
    /// refuses with.
    pub fn begin(
        &self,
        viewer: PeerAddress,
        file: &str,
        from: Duration,
    ) -> Result<OpenViewing, Refusal> {
        let viewing = Viewing { viewer, file: file.to_owned(), from };
        self.0.count(file)?;
        if let Some(handler) = &self.0.handler
            && let Err(refusal) = handler.begin(&viewing)
        {
            self.0.forget(file);
            return Err(refusal);
        }
        Ok(OpenViewing { viewings: self.clone(), viewing, began: Instant::now(), bytes: 0 })
    }

    /// Returns how many clients watch a file now.
    #[must_use]
    pub fn of(&self, file: &str) -> usize {
        lock(&self.0.watching).get(file).copied().unwrap_or(0)
    }
}

impl Inner {
    fn count(&self, file: &str) -> Result<(), Refusal> {
        let mut watching = lock(&self.watching);
        let viewers = watching.get(file).copied().unwrap_or(0);
        if let Some(most) = self.per_file
            && viewers >= most
        {
            let description = format!("{most} clients watch {file:?} already.");
            return Err(Refusal::new("NetStream.Play.Failed", description));
        }
        watching.insert(file.to_owned(), viewers + 1);
        Ok(())
    }

    fn forget(&self, file: &str) {
        let mut watching = lock(&self.watching);
        if let Some(viewers) = watching.get_mut(file) {
            *viewers -= 1;
            if *viewers == 0 {
                watching.remove(file);
            }
        }
    }
}

impl OpenViewing {
    /// Returns what is watched.
    #[must_use]
    pub const fn viewing(&self) -> &Viewing {
        &self.viewing
    }

    /// Notes that so many bytes of media were sent.
    pub fn note_sent(&mut self, bytes: u64) {
        self.bytes += bytes;
    }
}

impl Drop for OpenViewing {
    fn drop(&mut self) {
        let Inner { handler, .. } = &*self.viewings.0;
        self.viewings.0.forget(&self.viewing.file);
        if let Some(handler) = handler {
            let watched = Watched { time: self.began.elapsed(), bytes: self.bytes };
            handler.end(&self.viewing, watched);
        }
    }
}

impl fmt::Debug for Viewings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viewings").field("watching", &*lock(&self.0.watching)).finish()
    }
}

impl fmt::Debug for OpenViewing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenViewing").field("viewing", &self.viewing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::{Refusal, Viewing, ViewingHandler, Viewings, Watched};
    use crate::handler::PeerAddress;
    use crate::sync::lock;

    struct Notes(Arc<Mutex<Vec<String>>>);

    impl ViewingHandler for Notes {
        fn begin(&self, viewing: &Viewing) -> Result<(), Refusal> {
            if viewing.file == "secret" {
                return Err(Refusal::stream_not_found("secret"));
            }
            lock(&self.0).push(format!("begin {} at {:?}", viewing.file, viewing.from));
            Ok(())
        }

        fn end(&self, viewing: &Viewing, watched: Watched) {
            lock(&self.0).push(format!("end {} {}", viewing.file, watched.bytes));
        }
    }

    #[test]
    fn each_viewing_is_told_and_counted_until_it_ends() {
        let notes = Arc::default();
        let viewings = Viewings::new(Notes(Arc::clone(&notes))).per_file(2);
        let begin = |file| viewings.begin(PeerAddress::Unix, file, Duration::from_secs(1));
        let mut one = begin("film").expect("the first");
        one.note_sent(7);
        one.note_sent(8);
        let other = begin("film").expect("the second");
        assert_eq!(begin("film").unwrap_err().code(), "NetStream.Play.Failed");
        assert!(begin("secret").is_err());
        assert_eq!((viewings.of("film"), viewings.of("secret")), (2, 0));
        drop(one);
        let third = begin("film").expect("there is room again");
        drop((other, third));
        assert_eq!(viewings.of("film"), 0);
        let begun = "begin film at 1s";
        let expected = [begun, begun, "end film 15", begun, "end film 0", "end film 0"];
        assert_eq!(*lock(&notes), expected);
    }
}
