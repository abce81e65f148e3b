//! The paths that an application serves itself, and whom it lets see the figures.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::http_request::HttpRequest;
use super::http_response::HttpResponse;
use crate::handler::HandlerResult;
use crate::sync::lock;

/// The paths that are the server's own, whatever the settings.
const OWN: [&str; 3] = ["/metrics", "/statistics", "/streams"];

/// What the paths of the server's own files begin with.
const FILES: &str = "/_";

/// A path cannot be served by an application.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpPathError {
    /// It does not begin with a slash, or has a `?`, `#`, `%`, control characters, or parts that
    /// are `.` or `..`.
    #[error("{path:?} is no path: it must begin with a slash, and have no query and no escapes")]
    Invalid {
        /// The path.
        path: String,
    },
    /// The server serves it itself.
    #[error("the server serves {path:?} itself")]
    Reserved {
        /// The path.
        path: String,
    },
    /// Another handler has it.
    #[error("{path:?} has a handler")]
    Taken {
        /// The path.
        path: String,
    },
}

/// Whether a client may see the figures of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperatorAccess {
    /// It may.
    Granted,
    /// It may not, and gets 403.
    Refused,
    /// It may if it names itself: it gets 401, at which browsers ask for a name and a password.
    NeedsPassword,
}

pub(super) type HttpHandler =
    Arc<dyn Fn(&HttpRequest<'_>) -> HandlerResult<HttpResponse> + Send + Sync>;

pub(super) type OperatorHandler =
    Arc<dyn Fn(&HttpRequest<'_>) -> HandlerResult<OperatorAccess> + Send + Sync>;

/// The handlers of HTTP requests.
#[derive(Default)]
pub(crate) struct HttpHandlers {
    /// By path. One that ends with a slash has all paths below.
    paths: Mutex<Vec<(String, HttpHandler)>>,
    operators: Mutex<Option<OperatorHandler>>,
}

impl HttpHandlers {
    pub(crate) fn register(&self, path: &str, handler: HttpHandler) -> Result<(), HttpPathError> {
        let given = || path.to_owned();
        if !is_valid(path) {
            return Err(HttpPathError::Invalid { path: given() });
        }
        if is_reserved(path) {
            return Err(HttpPathError::Reserved { path: given() });
        }
        let mut paths = lock(&self.paths);
        if paths.iter().any(|(taken, _)| taken == path) {
            return Err(HttpPathError::Taken { path: given() });
        }
        paths.push((given(), handler));
        Ok(())
    }

    pub(crate) fn unregister(&self, path: &str) -> bool {
        let removed = {
            let mut paths = lock(&self.paths);
            let place = paths.iter().position(|(taken, _)| taken == path);
            place.map(|place| paths.remove(place))
        };
        removed.is_some()
    }

    /// Returns the handler of a path: its own, or that of the longest path above.
    pub(super) fn find(&self, path: &str) -> Option<HttpHandler> {
        if !is_valid_part(path) || is_reserved(path) {
            return None;
        }
        let paths = lock(&self.paths);
        let is_above = |taken: &str| taken.ends_with('/') && path.starts_with(taken);
        let found = paths.iter().filter(|(taken, _)| taken == path || is_above(taken));
        found.max_by_key(|(taken, _)| taken.len()).map(|(_, handler)| Arc::clone(handler))
    }

    pub(crate) fn set_operators(&self, handler: Option<OperatorHandler>) {
        let former = std::mem::replace(&mut *lock(&self.operators), handler);
        // Its drop is code of the application.
        drop(former);
    }

    pub(super) fn operators(&self) -> Option<OperatorHandler> {
        lock(&self.operators).clone()
    }
}

fn is_valid(path: &str) -> bool {
    path.starts_with('/') && !path.contains(['?', '#', '%']) && is_valid_part(path)
}

/// Returns whether no part of a path leads elsewhere.
fn is_valid_part(path: &str) -> bool {
    !path.contains(char::is_control) && path.split('/').all(|part| part != "." && part != "..")
}

fn is_reserved(path: &str) -> bool {
    let is_file =
        path.strip_prefix(FILES).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    is_file || OWN.contains(&path)
}

impl fmt::Debug for HttpHandlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = lock(&self.paths);
        f.debug_set().entries(paths.iter().map(|(path, _)| path)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{HttpHandler, HttpHandlers, HttpPathError};

    fn handler() -> HttpHandler {
        Arc::new(|_| Err("none".into()))
    }

    #[test]
    fn a_path_has_its_own_handler_or_that_of_the_longest_path_above() {
        let handlers = HttpHandlers::default();
        let (all, api, scene) = (handler(), handler(), handler());
        for (path, handler) in [("/", &all), ("/api/", &api), ("/api/scene", &scene)] {
            handlers.register(path, Arc::clone(handler)).unwrap();
        }
        for (path, wanted) in [
            ("/", Some(&all)),
            ("/x", Some(&all)),
            ("/api", Some(&all)),
            ("/api/", Some(&api)),
            ("/api/scene/2", Some(&api)),
            ("/api/scene", Some(&scene)),
            ("/api/../x", None),
            ("/./x", None),
            ("/_", None),
            ("/_/status", None),
            ("/metrics", None),
            ("/_x", Some(&all)),
        ] {
            let found = handlers.find(path);
            let is_it = match (&found, wanted) {
                (Some(found), Some(wanted)) => Arc::ptr_eq(found, wanted),
                (found, wanted) => found.is_none() && wanted.is_none(),
            };
            assert!(is_it, "{path}");
        }
        assert!(handlers.unregister("/") && !handlers.unregister("/"));
        assert!(handlers.find("/x").is_none());
    }

    #[test]
    fn paths_that_cannot_be_served_are_refused() {
        let handlers = HttpHandlers::default();
        for path in ["", "x", "/x?y", "/x#y", "/%41", "/a/../b", "/a\n"] {
            let invalid = Err(HttpPathError::Invalid { path: path.to_owned() });
            assert_eq!(handlers.register(path, handler()), invalid);
        }
        for path in ["/_", "/_/", "/_/status", "/metrics", "/statistics", "/streams"] {
            let reserved = Err(HttpPathError::Reserved { path: path.to_owned() });
            assert_eq!(handlers.register(path, handler()), reserved);
        }
        assert_eq!(handlers.register("/x", handler()), Ok(()));
        let taken = Err(HttpPathError::Taken { path: "/x".to_owned() });
        assert_eq!(handlers.register("/x", handler()), taken);
    }
}
