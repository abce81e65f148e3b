//! The streams that an application shows to everybody.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::handler::guard;
use crate::sync::lock;

/// A stream in the list of the first page.
///
/// ```
/// use rendercast::{Server, ServerConfig, StreamEntry};
///
/// let server = Server::new(ServerConfig::default());
/// server.list_streams(|| vec![StreamEntry::new("live", "scene").codec("h264").size(1280, 720)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct StreamEntry {
    pub(crate) app: String,
    pub(crate) name: String,
    pub(crate) codec: Option<String>,
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) has_picture: bool,
}

impl StreamEntry {
    /// Makes an entry of the stream that clients reach at the path `/APP/NAME`.
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> Self {
        Self { app: app.into(), name: name.into(), codec: None, size: None, has_picture: false }
    }

    /// Sets the name of the codec of the picture.
    pub fn codec(mut self, name: impl Into<String>) -> Self {
        self.codec = Some(name.into());
        self
    }

    /// Says that the server has pictures of the stream, at `/APP/NAME.png`: it shows a
    /// [render loop](crate::RenderLoop), or its handlers draw. The first page shows them.
    pub const fn picture(mut self) -> Self {
        self.has_picture = true;
        self
    }

    /// Sets the size of the picture, in pixels.
    pub const fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }
}

type Lister = Arc<dyn Fn() -> Vec<StreamEntry> + Send + Sync>;

/// What lists the streams of an application.
#[derive(Default)]
pub(crate) struct StreamList(Mutex<Vec<Lister>>);

impl StreamList {
    pub(crate) fn add(&self, lister: impl Fn() -> Vec<StreamEntry> + Send + Sync + 'static) {
        lock(&self.0).push(Arc::new(lister));
    }

    /// Asks the application for all streams. Blocks as long as it does.
    pub(crate) fn all(&self) -> Vec<StreamEntry> {
        let listers = lock(&self.0).clone();
        let all = listers.iter().flat_map(|lister| {
            // The log says that it panicked. The streams of the others are shown all the same.
            guard(&"the server", "list of streams", || Ok(lister())).unwrap_or_default()
        });
        all.collect()
    }
}

impl fmt::Debug for StreamList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamList").field("listers", &lock(&self.0).len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{StreamEntry, StreamList};

    #[test]
    fn a_list_that_panics_leaves_the_others() {
        let list = StreamList::default();
        list.add(|| panic!("no list"));
        list.add(|| vec![StreamEntry::new("live", "scene")]);
        assert_eq!(list.all(), [StreamEntry::new("live", "scene")]);
    }
}
